insert into tieout.batch_outcome (batch_no, document_type, legal_entity_code, currency, outcome, reason, document_count, total_minor)
select b.batch_no, n.document_type, n.legal_entity_code, n.currency, n.outcome, n.reason, n.document_count, n.total_minor
from new_outcome as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch);

delete from tieout.document_retry as r
using seen as s
where r.document_uid = s.document_uid::uuid;

insert into tieout.document_retry (document_uid, source_code, document_type, native_id, reason, batch_no)
select n.document_uid::uuid, b.source_code, n.document_type, n.native_id, n.reason, b.batch_no
from new_retry as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch);

-- the stream moves on: forward only
update tieout.source_stream as s
set generation = b.generation, system_identifier = t.system_identifier, horizon = greatest(s.horizon, b.horizon_to),
    snapshot_rank = greatest(s.snapshot_rank, b.snapshot_rank), read_instant = greatest(s.read_instant, b.read_instant),
    last_batch_no = b.batch_no
from tieout.batch as b
join tieout.attempt as t on t.id = b.attempt_id
where b.id = (select id::uuid from new_batch) and s.source_code = b.source_code;

update tieout.attempt
set state = 'committed', state_at = now()
where id = (select attempt_id::uuid from new_batch);
