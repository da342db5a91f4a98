-- one row per invoice that an application names and that is not among the landed documents
select distinct l.waiting_invoice_uid as document_uid
from application_line as l
where not exists (from document_state as s where s.document_uid = l.waiting_invoice_uid);
