-- one row per asked document that the register knows
select r.document_uid::text as document_uid, r.state, r.version_no, r.batch_no, r.hash_version, r.accounted_hash, r.seen_hash
from asked as a
join tieout.document_register as r on r.document_uid = a.document_uid::uuid
