-- one row per event that should stand in the books for the documents of the bucket that are compared tonight
create or replace temp table wanted_event as
with told as (
    select
        l.document_uid, l.event_type, l.occurrence, l.event_date, l.legal_entity_code, l.line_no,
        l.net_minor <> 0 or l.tax_minor <> 0 or l.amount_minor <> 0 as is_moving,
        hashed_field(l.line_no) || hashed_field(l.event_date) || hashed_field(l.legal_entity_code) || hashed_field(l.currency)
        || hashed_field(l.revenue_treatment) || hashed_field(l.product_line) || hashed_field(l.document_sign)
        || hashed_field(l.line_kind) || hashed_field(l.revenue_effect) || hashed_field(l.kind) || hashed_field(l.channel)
        || hashed_field(l.method) || hashed_field(l.processor) || hashed_field(l.processor_account)
        || hashed_field(l.bank_account_ref) || hashed_field(l.refund_against) || hashed_field(l.department)
        || hashed_field(l.region) || hashed_field(l.net_minor) || hashed_field(l.tax_minor) || hashed_field(l.amount_minor) as content
    from event_line as l
    join decision as d on d.document_uid = l.document_uid and d.step = 'account'
    left join waiting as w on w.document_uid = l.document_uid and w.occurrence = l.occurrence
    where l.bucket = getvariable('bucket') and w.document_uid is null
)
select
    document_uid, event_type, occurrence, any_value(event_date) as event_date, any_value(legal_entity_code) as legal_entity_code,
    -- by content where numbers are equal: the same lines in any order are the same event
    unhex(sha256(string_agg(content, '' order by line_no, content))) as payload_hash
from told
group by document_uid, event_type, occurrence
-- a free document moves no money: nothing to book
having bool_or(is_moving);
