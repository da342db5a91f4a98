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

-- without a rate it waits, and is tried again each night
insert into finding
select f.document_uid, 'no_fx_rate',
    'source ' || t.source || ' has no transaction rate of ' || f.currency || ' for ' || f.rate_day || ' or the ' || t.max_age_days
        || ' days before',
    true
from foreign_document as f
join fx_setting as t on t.legal_entity_code = f.legal_entity_code and t.purpose = 'transaction'
where f.rate is null;

-- one row per event of a foreign document and open item: what it settles of the item's worth on the day it arose. The last to
-- settle takes the rest
create table relief_value as
select r.document_uid, r.event_type, r.occurrence, r.item_type, r.item_uid, r.amount_minor, d.rate, d.rate_date,
    (share_of(r.before_minor + r.amount_minor, r.item_total_minor, divide_half_up(r.item_total_minor::hugeint * d.numerator, d.denominator))
        - share_of(r.before_minor, r.item_total_minor, divide_half_up(r.item_total_minor::hugeint * d.numerator, d.denominator)))::bigint as functional_minor
from relief as r
join foreign_document as f on f.document_uid = r.document_uid
join day_rate as d on d.legal_entity_code = f.legal_entity_code and d.currency = f.currency and d.on_date = r.item_date
where r.item_type <> 'origin' and r.item_total_minor <> 0;
