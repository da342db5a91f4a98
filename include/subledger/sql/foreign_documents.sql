-- one row per document in another currency than its entity's own, with the rate of its day; a credit memo takes that of the invoice
-- it corrects
create table foreign_document as
select s.document_uid, s.legal_entity_code, s.currency, coalesce(o.item_date, s.document_date) as rate_day, d.rate, d.rate_date, d.rate_e15,
    d.numerator, d.denominator
from document_state as s
join legal_entity as e on e.code = s.legal_entity_code
join currency as c on c.code = s.currency
left join relief as o on o.document_uid = s.document_uid and o.item_type = 'origin'
left join day_rate as d
    on d.legal_entity_code = s.legal_entity_code and d.currency = s.currency and d.on_date = coalesce(o.item_date, s.document_date)
where s.currency <> e.functional_currency and s.exclusion is null and not s.is_deleted and s.document_date is not null;

-- without a rate that it needs it waits, and is tried again each night. An application waits by itself
insert into finding
with needed as (
    select document_uid, legal_entity_code, currency, rate_day from foreign_document
    union
    select f.document_uid, f.legal_entity_code, f.currency, r.on_date
    from event_rate as r
    join foreign_document as f on f.document_uid = r.document_uid and f.currency = r.currency
    union
    select f.document_uid, f.legal_entity_code, f.currency, r.item_date
    from relief as r
    join foreign_document as f on f.document_uid = r.document_uid
    where r.item_type in ('dispute', 'clearing') or r.event_type = (select t.code from event_type as t where t.name = 'dispute.lost')
)
select n.document_uid, 'no_fx_rate',
    'source ' || t.source || ' has no transaction rate of ' || n.currency || ' for ' || n.rate_day || ' or the ' || t.max_age_days
        || ' days before',
    true
from needed as n
join fx_setting as t on t.legal_entity_code = n.legal_entity_code and t.purpose = 'transaction'
left join day_rate as d on d.legal_entity_code = n.legal_entity_code and d.currency = n.currency and d.on_date = n.rate_day
where d.rate is null;

-- one row per event and open item, or day of money behind it: what it settles of its worth on that day. The last to settle
-- takes the rest
create table relief_part as
select r.document_uid, r.event_type, r.occurrence, r.item_type, r.item_uid, r.item_date, r.amount_minor, d.rate, d.rate_date,
    (share_of(r.before_minor + r.amount_minor, r.item_total_minor, divide_half_up(r.item_total_minor::hugeint * d.numerator, d.denominator))
        - share_of(r.before_minor, r.item_total_minor, divide_half_up(r.item_total_minor::hugeint * d.numerator, d.denominator)))::bigint as functional_minor
from relief as r
join document_state as s on s.document_uid = r.document_uid
join day_rate as d
    on d.legal_entity_code = coalesce(r.legal_entity_code, s.legal_entity_code) and d.currency = coalesce(r.currency, s.currency)
    and d.on_date = r.item_date
where r.item_type <> 'origin' and r.item_total_minor <> 0;

-- one row per event and kind of open item: what it settles of it, and what that was worth
create table relief_value as
select document_uid, event_type, occurrence, item_type, any_value(item_uid) as item_uid, sum(amount_minor)::bigint as amount_minor, arg_max(rate, item_date) as rate,
    arg_max(rate_date, item_date) as rate_date, sum(functional_minor)::bigint as functional_minor
from relief_part
group by document_uid, event_type, occurrence, item_type;

-- one row per exchange: what is taken is worth what was given for it, so that nothing is left in the clearing between the two
create table exchange_value as
select x.document_uid, x.taken_type, x.occurrence, x.taken_minor, x.taken_currency, e.functional_currency = x.taken_currency as is_home,
    case
        when e.functional_currency = x.given_currency then x.given_minor
        when g.name = 'processor.exchanged' then divide_half_up(x.given_minor::hugeint * d.numerator, d.denominator)
        else v.functional_minor
    end::bigint as functional_minor
from exchange as x
join legal_entity as e on e.code = x.legal_entity_code
join event_type as g on g.code = x.given_type
left join day_rate as d on d.legal_entity_code = x.legal_entity_code and d.currency = x.given_currency and d.on_date = x.given_date
left join relief_value as v
    on v.document_uid = x.document_uid and v.event_type = x.given_type and v.occurrence = x.occurrence and v.item_type = 'payment';

insert into relief_value by name
select document_uid, taken_type as event_type, occurrence, 'exchange' as item_type, taken_minor as amount_minor, functional_minor
from exchange_value
where functional_minor is not null and not is_home;

-- what waits for a rate, the cash aside
insert into finding
select x.document_uid, 'no_fx_rate',
    'source ' || t.source || ' has no transaction rate of ' || r.currency || ' for ' || r.on_date || ' or the ' || t.max_age_days || ' days before',
    false
from exchange as x
join event_rate as r on r.document_uid = x.document_uid and r.event_type = x.taken_type and r.occurrence = x.occurrence and r.line_no = 1
join event_type as e on e.code = x.taken_type and e.name = 'processor.settled'
join fx_setting as t on t.legal_entity_code = x.legal_entity_code and t.purpose = 'transaction'
left join day_rate as d on d.legal_entity_code = x.legal_entity_code and d.currency = r.currency and d.on_date = r.on_date
where d.rate is null;

insert into finding
select a.document_uid, 'adjustment_above_tolerance',
    a.adjustment_minor || ' minor units of ' || a.currency || ' settled without cash on invoice ' || a.invoice_id || ' as '
        || coalesce(a.adjustment_kind, 'nothing'),
    false
from foreign_adjustment as a
left join day_rate as d on d.legal_entity_code = a.legal_entity_code and d.currency = a.currency and d.on_date = a.on_date
where divide_half_up(abs(a.adjustment_minor)::hugeint * d.numerator, d.denominator) > coalesce(a.tolerance_minor, -1);
