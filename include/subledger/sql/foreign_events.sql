-- one row per wanted event in a foreign currency: the rate of the document's day, and what of its content lies in rates alone
create or replace temp table foreign_event as
with settled as (
    select document_uid, event_type, occurrence,
        in_any_order(list(concat(hashed_field(item_type), hashed_field(item_uid), hashed_number(functional_minor)))) as content
    from relief_value
    group by document_uid, event_type, occurrence
),
rated as (
    select r.document_uid, r.event_type, r.occurrence, in_any_order(list(concat(hashed_number(r.line_no), hashed_number(d.rate_e15)))) as content
    from event_rate as r
    join decision as c on c.document_uid = r.document_uid
    join day_rate as d on d.legal_entity_code = c.legal_entity_code and d.currency = r.currency and d.on_date = r.on_date
    group by r.document_uid, r.event_type, r.occurrence
),
owed as (
    select r.document_uid, r.event_type, r.occurrence, in_any_order(list(concat(hashed_number(r.line_no), hashed_number(d.rate_e15)))) as content
    from (
        select document_uid, event_type, occurrence, null as line_no, legal_entity_code, currency, on_date from sister_rate
        union all
        from sister_line_rate
    ) as r
    join day_rate as d on d.legal_entity_code = r.legal_entity_code and d.currency = r.currency and d.on_date = r.on_date
    group by r.document_uid, r.event_type, r.occurrence
),
-- a document in the books' own currency may take another for it, or be foreign to the books of a sister entity
concerned as (
    select document_uid from foreign_document
    union
    select document_uid from exchange
    union
    select document_uid from sister_rate
)
select w.document_uid, w.event_type, w.occurrence, f.rate, f.rate_date, f.numerator, f.denominator,
    concat(
        -- an application has no day of its own: the items that it settles have theirs
        case when w.occurrence = uuid '00000000-0000-0000-0000-000000000000' then hashed_number(f.rate_e15) end,
        s.content, r.content, o.content) as content
from wanted_event as w
join concerned as c on c.document_uid = w.document_uid
join legal_entity as e on e.code = w.legal_entity_code and e.functional_currency <> w.currency
left join foreign_document as f
    on f.document_uid = w.document_uid and f.currency = w.currency and f.legal_entity_code = w.legal_entity_code
left join settled as s on s.document_uid = w.document_uid and s.event_type = w.event_type and s.occurrence = w.occurrence
left join rated as r on r.document_uid = w.document_uid and r.event_type = w.event_type and r.occurrence = w.occurrence
left join owed as o on o.document_uid = w.document_uid and o.event_type = w.event_type and o.occurrence = w.occurrence;

update wanted_event as w
set payload_hash = digest(concat(w.payload_hash, f.content))
from foreign_event as f
where f.document_uid = w.document_uid and f.event_type = w.event_type and f.occurrence = w.occurrence;

-- what is taken in the books' own currency has no rate, but the worth of what was given for it
update wanted_event as w
set payload_hash = digest(concat(w.payload_hash, hashed_number(x.functional_minor)))
from exchange_value as x
where x.is_home and x.document_uid = w.document_uid and x.taken_type = w.event_type and x.occurrence = w.occurrence;

-- what was delivered before its invoice is worth what the invoice makes of it: with another invoice, something else
update wanted_event as w
set payload_hash = digest(concat(w.payload_hash, i.payload_hash))
from foreign_event as f, event_type as t, (
    select w.document_uid, w.payload_hash
    from wanted_event as w
    join event_type as t on t.code = w.event_type and t.name = 'invoice.issued'
) as i
where t.name = 'service.delivered' and w.event_type = t.code and i.document_uid = w.document_uid and f.document_uid = w.document_uid
    and f.event_type = w.event_type and f.occurrence = w.occurrence;
