-- one row per exchange of the portion: what is given in the document's currency, what is taken for it in another, by which two
-- events. A payment of an invoice in another currency gives customer credit and takes receivable; a processor that converts gives
-- of its balance in one currency and takes into that in another, and back where the payment is reversed or the refund failed
create or replace temp table portion_exchange as
with conversion as (
    select d.document_uid, d.legal_entity_code, d.currency, d.document_date, d.customer_ref, d.processor, d.processor_account,
        c.line_id, c.settlement_currency, d.reversed_date, d.failed_date, d.status, coalesce(m.effective_date, d.document_date) as moved_date,
        case when d.document_type = 'refund' or m.line_kind = 'withdrawn' then -1 else 1 end as side,
        coalesce(m.amount_minor, d.total_minor) as amount_minor, c.settlement_minor, c.settled_date
    from portion_conversions as c
    join live_document as d on d.document_uid = c.document_uid
    join currency as k on k.code = c.settlement_currency
    left join portion_lines as m on m.document_uid = c.document_uid and m.line_id = c.line_id
    where c.settlement_minor is not null and d.document_date is not null
),
dated as (
    select *, greatest(moved_date, coalesce(settled_date, moved_date)) as event_date,
        case status when 'reversed' then reversed_date when 'failed' then failed_date end as ended_date
    from conversion
),
there_and_back as (
    select *, occurrence_of(coalesce(line_id, 'converted')) as occurrence, event_date as taken_date from dated
    union all
    -- at what it came to
    select * replace (-side as side, greatest(event_date, ended_date) as event_date), occurrence_of('converted back'), event_date
    from dated
    where ended_date is not null
),
application as (
    select d.document_uid, d.legal_entity_code, d.currency, d.document_date, d.customer_ref, a.currency as taken_currency,
        occurrence_of(a.application_id) as occurrence, a.payment_amount_minor, a.amount_minor, a.applied_date,
        least(a.reversed_date, a.invoice_voided_date, d.reversed_date) as ended_date
    from live_document as d
    join portion_applications as a on a.document_uid = d.document_uid and a.currency <> d.currency
    where d.document_type = 'payment' and a.invoice_entity_code = d.legal_entity_code and a.invoice_currency = a.currency
        and a.payment_currency = d.currency and a.payment_currency <> a.currency and a.payment_amount_minor is not null
)
select document_uid, legal_entity_code, 'processor.exchanged' as given_event, 'processor.settled' as taken_event, occurrence,
    currency as given_currency, side * amount_minor as given_minor, settlement_currency as taken_currency, side * settlement_minor as taken_minor,
    moved_date as given_date, taken_date, event_date, document_date, customer_ref, processor, processor_account
from there_and_back
union all by name
select document_uid, legal_entity_code, 'payment.applied' as given_event, 'exchange.applied' as taken_event, occurrence,
    currency as given_currency, payment_amount_minor as given_minor, taken_currency, amount_minor as taken_minor,
    document_date as given_date, document_date as taken_date, applied_date as event_date, document_date, customer_ref
from application
union all by name
select document_uid, legal_entity_code, 'payment.unapplied' as given_event, 'exchange.unapplied' as taken_event, occurrence,
    currency as given_currency, -payment_amount_minor as given_minor, taken_currency, -amount_minor as taken_minor,
    document_date as given_date, document_date as taken_date, greatest(applied_date, ended_date) as event_date, document_date, customer_ref
from application
where ended_date is not null;

insert into exchange
select x.document_uid, x.legal_entity_code, g.code, t.code, x.occurrence, x.given_currency, x.given_minor, x.given_date, x.taken_currency, x.taken_minor
from portion_exchange as x
join event_type as g on g.name = x.given_event
join event_type as t on t.name = x.taken_event;

-- what a processor takes in is worth what it is on the day of the conversion; what is settled without cash beside an application, on
-- the day of the payment
insert into event_rate
select x.document_uid, t.code, x.occurrence, l.line_no, x.taken_currency, x.taken_date
from portion_exchange as x
join legal_entity as e on e.code = x.legal_entity_code and e.functional_currency <> x.taken_currency
join event_type as t on t.name = x.taken_event
join (values (1), (2)) as l (line_no) on l.line_no = 1 or t.name like 'exchange.%';

-- what is converted is given at what it was worth when it came, or went
insert into event_rate
select x.document_uid, g.code, x.occurrence, 1, x.given_currency, x.given_date
from portion_exchange as x
join legal_entity as e on e.code = x.legal_entity_code and e.functional_currency <> x.given_currency
join event_type as g on g.name = x.given_event
where x.given_event = 'processor.exchanged';

-- the two events of a conversion, one in each currency
create or replace temp table conversion_event as
with leg as (
    select *, given_event as event, given_currency as currency, given_minor as amount_minor from portion_exchange
    union all
    select *, taken_event, taken_currency, taken_minor from portion_exchange
)
select document_uid, legal_entity_code, currency, document_date, customer_ref, event, occurrence, 1 as line_no, true as is_single, event_date,
    processor, processor_account, amount_minor
from leg
where given_event = 'processor.exchanged' and amount_minor <> 0;
