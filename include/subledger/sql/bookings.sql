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

-- one row per journal entry group that no earlier portion had, with the entry that gathers it as its legal entity wants
create or replace temp table new_group as
select g.*, entry_day_of(e.gathered_by, g.posting_date, g.held_reason) as entry_day, entry_category_of(e.entries_per, g.category) as entry_category,
    e.line_amounts = 'net' as is_net, e.gathered_by = 'document' as tells_documents
from (
    select legal_entity_code, posting_date, period_name, currency, category, held_reason from placed_booking
    except
    select legal_entity_code, posting_date, period_name, currency, category, held_reason from posting_group
) as g
join legal_entity as e on e.code = g.legal_entity_code;

insert into entry_group
select (select coalesce(max(entry_no), 0) from entry_group) + row_number() over (), *, 1, 0
from (
    select legal_entity_code, entry_day, period_name, currency, entry_category, held_reason, is_net, tells_documents from new_group
    except
    select legal_entity_code, entry_day, period_name, currency, category, held_reason, is_net, tells_documents from entry_group
);

insert into posting_group
select (select coalesce(max(group_no), 0) from posting_group) + row_number() over (),
    e.entry_no, g.legal_entity_code, g.posting_date, g.period_name, g.currency, g.category, g.held_reason
from new_group as g
join entry_group as e
    on e.legal_entity_code = g.legal_entity_code and e.entry_day is not distinct from g.entry_day and e.period_name = g.period_name
    and e.currency = g.currency and e.category = g.entry_category and e.held_reason is not distinct from g.held_reason;

insert into booking
select
    (select coalesce(max(booking_id), 0) from booking)
        + row_number() over (order by b.document_uid, b.event_type, b.occurrence, b.booking_no),
    d.document_no, getvariable('portion')::tinyint, d.bucket, g.group_no, b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no,
    b.document_date, b.event_date, b.customer_ref, b.payload_hash
from placed_booking as b
join decision as d on d.document_uid = b.document_uid
join posting_group as g
    on g.legal_entity_code = b.legal_entity_code and g.posting_date = b.posting_date and g.period_name = b.period_name
    and g.currency = b.currency and g.category = b.category and coalesce(g.held_reason, '') = coalesce(b.held_reason, '');
