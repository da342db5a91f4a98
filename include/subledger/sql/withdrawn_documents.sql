-- one row per document at hand that a person took out of the books, now or before: nothing can be applied to it
create or replace table withdrawn_document as
select document_uid from register_row where is_withdrawn
union
select document_uid from withdrawn_event where event_type in (1, 10, 20, 30, 40, 50, 60);

-- one row per application to a document that is taken out now: it ends with what it stands on
create or replace table withdrawn_application as
select distinct a.document_uid, a.occurrence
from application_line as a
semi join (from withdrawn_event where event_type in (1, 10, 20, 30, 40, 50, 60)) as w on w.document_uid = a.waiting_invoice_uid;
