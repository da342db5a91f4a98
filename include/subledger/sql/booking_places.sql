-- one row per event booked or reversed in the portion, with its place: the journal entry group of its day, entity and kind
create or replace temp table placed_booking as
with told as (
    select e.*, t.category
    from event_delta as e
    join event_type as t on t.code = e.event_type
    where e.reverses_no is null
    union all
    select e.* replace (s.legal_entity_code as legal_entity_code, s.currency as currency, s.document_date as document_date,
            s.customer_ref as customer_ref), 'reversal'
    from event_delta as e
    join (
        select distinct document_uid, event_type, occurrence, booking_no, legal_entity_code, currency, document_date, customer_ref
        from stored_entry
    ) as s
        on s.document_uid = e.document_uid and s.event_type = e.event_type and s.occurrence = e.occurrence and s.booking_no = e.reverses_no
)
select
    t.document_uid, t.event_type, t.occurrence, t.booking_no, t.reverses_no, t.document_date, t.event_date, t.customer_ref,
    t.payload_hash, t.legal_entity_code, p.posting_date, p.period_name, t.currency,
    case when t.category <> 'reversal' and p.posting_date <> t.event_date then 'late' else t.category end as category, p.held_reason
from told as t
left join sister_leg as l
    on l.document_uid = t.document_uid and l.event_type = t.event_type and l.occurrence = t.occurrence
    and l.is_reversal = (t.reverses_no is not null)
join posting_day as p
    on p.legal_entity_code = t.legal_entity_code and p.base_date = t.base_date and p.sister_code is not distinct from l.sister_code;

-- one row per place of them
create or replace temp table asked_place as
select distinct legal_entity_code, posting_date, period_name, currency, category, held_reason from placed_booking;
