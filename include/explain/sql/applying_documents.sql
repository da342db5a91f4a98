-- ... and the documents of the bucket that are applied, or were, to an invoice that leaves the books
insert into dated
select s.document_uid
from batch_row as s
semi join newest as n on n.document_uid = s.document_uid and n.batch_no = s.batch_no
semi join (from scope_event where event_type = 1) as e on e.document_uid = s.invoice_uid
