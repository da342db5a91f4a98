-- the version that the register holds of a document that moves, unless it was kept before
insert into tieout.document_version (document_uid, version_no, batch_no, state, seen_hash)
select r.document_uid, r.version_no, r.batch_no, r.state, r.seen_hash
from new_register as n
join tieout.document_register as r on r.document_uid = n.document_uid
where not exists (
    select from tieout.document_version as v where v.document_uid = r.document_uid and v.version_no = r.version_no)
