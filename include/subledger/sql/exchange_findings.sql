-- one row per document of the portion with an exchange that does not say what is given or taken: it waits, or is none; the cash is
-- booked
insert into finding
select l.document_uid, 'exchange_amount_missing',
    'applied in ' || worded(a.currency) || ' to invoice ' || worded(a.invoice_id) || case
        when a.invoice_currency <> a.currency then ', which is in ' || worded(a.invoice_currency)
        when a.payment_currency <> d.currency then ', said to have used ' || worded(a.payment_currency) || ' of a payment in ' || worded(d.currency)
        else ', without the amount in ' || worded(d.currency) || ' that it used'
    end,
    false
from (select distinct document_uid, occurrence from application_line where waiting_reason = 'exchange_amount_missing') as l
join portion_documents as d on d.document_uid = l.document_uid
join portion_applications as a on a.document_uid = l.document_uid and occurrence_of(a.application_id) = l.occurrence;
