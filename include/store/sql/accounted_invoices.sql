-- one row per asked document that the register knows, but for one that was deleted before it was accounted: whether it stands in the books
select r.document_uid, r.accounted_hash is not null as is_accounted
from asked as a
join tieout.document_register as r on r.document_uid = a.document_uid
where r.accounted_hash is not null or r.state <> 4
