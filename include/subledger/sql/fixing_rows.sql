-- one row per legal entity, currency and day whose rate this batch was the first to use; the rate as text, which no driver rounds
with used as (
    select document_uid, legal_entity_code, currency, rate_day from foreign_document
    union
    select r.document_uid, c.legal_entity_code, r.currency, r.on_date
    from event_rate as r
    join decision as c on c.document_uid = r.document_uid
    union
    select r.document_uid, f.legal_entity_code, f.currency, r.item_date
    from relief as r
    join foreign_document as f on f.document_uid = r.document_uid
    where r.item_type in ('dispute', 'clearing')
    union
    select document_uid, legal_entity_code, currency, on_date from sister_rate
    union
    select document_uid, legal_entity_code, currency, on_date from sister_line_rate
)
select distinct d.legal_entity_code, d.currency, d.on_date, d.rate::varchar as rate, d.rate_date
from used as f
join decision as c on c.document_uid = f.document_uid and c.step = 'account'
join day_rate as d on d.legal_entity_code = f.legal_entity_code and d.currency = f.currency and d.on_date = f.rate_day
where not d.is_fixed;
