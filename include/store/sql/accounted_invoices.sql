-- one row per asked document that stands in the books
select r.document_uid
from asked as a
join tieout.document_register as r on r.document_uid = a.document_uid
where r.accounted_hash is not null
