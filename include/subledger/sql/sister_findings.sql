-- one row per document of the portion with an application to the invoice of another legal entity that cannot be booked: it waits for a
-- person, the cash is booked. Of an entity that is not configured the invoice itself is the exception
insert into finding
select l.document_uid, 'intercompany_not_bookable',
    'applied to invoice ' || worded(a.invoice_id) || ' of legal entity ' || a.invoice_entity_code || ', in ' || worded(a.currency) || ' from a '
        || d.document_type || ' in ' || worded(d.currency),
    false
from (select distinct document_uid, occurrence from application_line where starts_with(waiting_reason, 'not_yet_supported')) as l
join portion_documents as d on d.document_uid = l.document_uid
join portion_applications as a on a.document_uid = l.document_uid and occurrence_of(a.application_id) = l.occurrence
join legal_entity as e on e.code = a.invoice_entity_code
where a.invoice_entity_code <> d.legal_entity_code;
