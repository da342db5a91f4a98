-- documents seen for the first time, in key order
insert into tieout.document_register (document_uid, source_id, document_type, state, hash_version, version_no, batch_no, seen_rank,
    accounted_hash, seen_hash)
select n.document_uid::uuid, s.source_id, n.document_type_code, n.state, n.hash_version, n.version_no, b.batch_no, b.snapshot_rank,
    n.accounted_hash, n.seen_hash
from new_register as n
cross join tieout.batch as b
join tieout.source_stream as s on s.source_code = b.source_code
where b.id = (select id::uuid from new_batch) and n.is_first
order by n.document_uid::uuid;

-- documents seen before: never replaced by what an older snapshot saw
update tieout.document_register as r
set state = n.state, hash_version = n.hash_version, version_no = n.version_no, batch_no = b.batch_no, seen_rank = b.snapshot_rank,
    accounted_hash = n.accounted_hash, seen_hash = n.seen_hash
from new_register as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch) and not n.is_first and r.document_uid = n.document_uid::uuid
    and r.seen_rank <= b.snapshot_rank;

insert into tieout.document_version (document_uid, version_no, batch_no, state, seen_hash)
select n.document_uid::uuid, n.version_no, b.batch_no, n.state, n.seen_hash
from new_register as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch) and n.is_new_version
order by n.document_uid::uuid;
