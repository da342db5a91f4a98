-- one row per version of a document, in key order
insert into tieout.document_version (document_uid, version_no, batch_no, state, seen_hash)
select n.document_uid::uuid, n.version_no, b.batch_no, n.state, n.seen_hash
from new_register as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch) and n.is_new_version
order by n.document_uid::uuid
