-- one row per application event of the portion, with the invoice that must be in the books before it
insert into application_line
select distinct document_uid, occurrence, waiting_invoice_uid, waiting_reason
from event_line
where waiting_invoice_uid is not null;
