-- one row per document that once had one of the asked applications, and per invoice that lost one: what the invoice has
-- open decides over the implied applications of credit memos
select distinct unnest([e.document_type, 'invoice']) as document_type, unnest([e.native_id, e.invoice_id]) as native_id
from evidence as e
where e.application_id in (select a.id from asked as a)
