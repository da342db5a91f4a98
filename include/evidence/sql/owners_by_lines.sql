-- one row per document that once had one of the asked lines
select distinct e.document_type, e.native_id
from evidence as e
where e.line_id in (select a.id from asked as a)
