-- what foreign payouts of the portion settle when they come to a bank account that is booked here: what was in transit, at what it
-- was worth when it left; what the bank has is worth what it is on that day. One that fails afterwards takes both back
create or replace temp table payout_arrival as
select p.document_uid, t.code as event_type, p.occurrence, p.line_no, p.currency, p.event_date, p.document_date, p.amount_minor, d.total_minor
from processor_event as p
join live_document as d on d.document_uid = p.document_uid
join event_type as t on t.name = p.event
join legal_entity as e on e.code = p.legal_entity_code and e.functional_currency <> p.currency
where p.event = 'payout.arrived';

insert into event_rate
select document_uid, event_type, occurrence, line_no, currency, event_date from payout_arrival;

insert into relief by name
select document_uid, event_type, occurrence, 'transit' as item_type, document_uid as item_uid, document_date as item_date,
    total_minor as item_total_minor, case when amount_minor = total_minor then 0 else total_minor end as before_minor, amount_minor
from payout_arrival;
