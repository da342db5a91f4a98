-- one row per event that should stand in the books for the documents of the bucket that are compared tonight.
-- The shape of a line is a hash of what rules tell apart: event, entity, day and every field that a rule may ask for
create or replace temp table wanted_event as
with told as (
    select
        l.document_uid, l.event_type, l.occurrence, l.event_date, l.legal_entity_code, l.currency, l.document_date, l.customer_ref,
        l.net_minor <> 0 or l.tax_minor <> 0 or l.amount_minor <> 0 as is_moving,
        concat(
            hashed_number(l.line_no), hashed_number(l.shape_id), hashed_field(l.currency), hashed_field(l.department),
            hashed_field(l.region), hashed_number(l.net_minor), hashed_number(l.tax_minor), hashed_number(l.amount_minor)) as content
    from event_line as l
    join decision as d on d.document_uid = l.document_uid and d.step = 'account' and d.bucket = getvariable('bucket')
    left join waiting as w on w.document_uid = l.document_uid and w.occurrence = l.occurrence
    where l.bucket = getvariable('bucket') and w.document_uid is null
)
select
    document_uid, event_type, occurrence, any_value(event_date) as event_date, any_value(legal_entity_code) as legal_entity_code,
    any_value(currency) as currency, any_value(document_date) as document_date, any_value(customer_ref) as customer_ref,
    -- the same lines in any order are the same event
    unhex(sha256(in_any_order(list(content)))) as payload_hash
from told
group by document_uid, event_type, occurrence
-- a free document moves no money: nothing to book
having bool_or(is_moving);
