-- one row per document that a person took out of the books: with what first happened to it goes all that happened to it later
create or replace temp table withdrawn_whole as
select distinct document_uid
from (
    select document_uid, event_type from booking_row where is_withdrawn
    union all
    select document_uid, event_type from withdrawn_event
)
where event_type in (1, 10, 20, 30, 40, 50, 60);

-- one row per event that a person took out of the books alone; null as event type: all that happened under that name, as an application
-- goes with its end, and one leg between sister entities with the other
create or replace temp table withdrawn_part as
select distinct document_uid, occurrence,
    case when occurrence = uuid '00000000-0000-0000-0000-000000000000' then event_type end as event_type
from (
    select document_uid, event_type, occurrence from booking_row where is_withdrawn
    union all
    select document_uid, event_type, occurrence from withdrawn_event
);

-- one row per line of the events that should stand in the books for the documents of the portion that are compared tonight
create or replace temp table wanted_line as
select l.document_uid, s.event_type, l.occurrence, l.line_no, l.shape_no, l.dimension_no, l.is_single, l.currency, l.document_date, l.customer_ref,
    l.net_minor, l.tax_minor, l.amount_minor
from stashed_line as l
join event_shape as s on s.shape_no = l.shape_no
semi join (from decision where step = 'account' and portion = getvariable('portion')) as d on d.document_uid = l.document_uid
anti join waiting as w on w.document_uid = l.document_uid and w.occurrence = l.occurrence
anti join withdrawn_whole as o on o.document_uid = l.document_uid
where not exists (
    from withdrawn_part as p
    where p.document_uid = l.document_uid and p.occurrence = l.occurrence and coalesce(p.event_type, s.event_type) = s.event_type);

-- one row per event of them; a free document moves no money, and there is nothing to book. The same lines in any order are
-- the same event; 128 bits of the digest name its content, which is all that rules tell apart, and the amounts
create or replace temp table wanted_event as
with told as (
    select l.*,
        concat(
            hashed_number(l.line_no), s.shape_name, hashed_field(l.currency), d.dimension_name,
            hashed_number(l.net_minor), hashed_number(l.tax_minor), hashed_number(l.amount_minor)) as content
    from wanted_line as l
    join event_shape as s on s.shape_no = l.shape_no
    join dimension as d on d.dimension_no = l.dimension_no
),
named as (
    select document_uid, event_type, occurrence, shape_no, currency, document_date, customer_ref, case when getvariable('is_trial') then null else digest(content) end as payload_hash
    from told
    where is_single and (net_minor <> 0 or tax_minor <> 0 or amount_minor <> 0)
    union all
    -- all lines of an event are of one entity and day, whatever else their shapes tell
    select
        document_uid, event_type, occurrence, any_value(shape_no), any_value(currency), any_value(document_date), any_value(customer_ref),
        case when getvariable('is_trial') then null else digest(in_any_order(list(content))) end
    from told
    where not is_single
    group by document_uid, event_type, occurrence
    having bool_or(net_minor <> 0 or tax_minor <> 0 or amount_minor <> 0)
)
select n.document_uid, n.event_type, n.occurrence, s.event_date, s.legal_entity_code, n.currency, n.document_date, n.customer_ref, n.payload_hash
from named as n
join event_shape as s on s.shape_no = n.shape_no;
