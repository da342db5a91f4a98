-- one row per document of the portion that its processor converted to a currency we do not know, or without saying what came of it:
-- the cash is booked, the conversion is not
insert into finding
select d.document_uid, 'exchange_amount_missing',
    'converted to ' || worded(c.settlement_currency) || case
        when k.code is null then ', which is no currency that we know' else ', without the amount that came of it' end,
    false
from portion_conversions as c
join live_document as d on d.document_uid = c.document_uid
left join currency as k on k.code = c.settlement_currency
where c.settlement_minor is null or k.code is null;
