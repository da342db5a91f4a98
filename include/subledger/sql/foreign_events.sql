-- one row per wanted event of a foreign document: the rate of the document's day, and what of its content lies in rates alone
create or replace temp table foreign_event as
with settled as (
    select document_uid, event_type, occurrence,
        in_any_order(list(concat(hashed_field(item_type), hashed_field(item_uid), hashed_number(functional_minor)))) as content
    from relief_value
    group by document_uid, event_type, occurrence
)
select w.document_uid, w.event_type, w.occurrence, f.rate, f.rate_date, f.numerator, f.denominator,
    concat(
        -- an application has no day of its own: the items that it settles have theirs
        case when w.occurrence = uuid '00000000-0000-0000-0000-000000000000' then hashed_number(f.rate_e15) end,
        s.content) as content
from wanted_event as w
join foreign_document as f on f.document_uid = w.document_uid
left join settled as s on s.document_uid = w.document_uid and s.event_type = w.event_type and s.occurrence = w.occurrence;

update wanted_event as w
set payload_hash = digest(concat(w.payload_hash, f.content))
from foreign_event as f
where f.document_uid = w.document_uid and f.event_type = w.event_type and f.occurrence = w.occurrence;
