-- what was applied to a document that left the books waits for it, as a night would have it
insert into tieout.document_retry (document_uid, source_code, document_type, native_id, reason, batch_no)
select n.document_uid, b.source_code, n.document_type, n.native_id, n.reason, b.batch_no
from new_retry as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
on conflict (document_uid) do nothing
