-- documents seen for the first time, in key order
insert into tieout.document_register (document_uid, source_id, document_type, state, hash_version, version_no, batch_no, seen_rank,
    accounted_hash, seen_hash, legal_entity_code, currency, document_date, total_minor, is_live)
select n.document_uid::uuid, s.source_id, n.document_type_code, n.state, n.hash_version, n.version_no, b.batch_no, b.snapshot_rank,
    n.accounted_hash, n.seen_hash, n.legal_entity_code, n.currency, n.document_date, n.total_minor, n.is_live
from new_register as n
cross join tieout.batch as b
join tieout.source_stream as s on s.source_code = b.source_code
where b.id = (select id::uuid from new_batch) and n.is_first
order by n.document_uid::uuid
