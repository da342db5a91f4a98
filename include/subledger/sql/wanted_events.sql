-- one row per line of the events that should stand in the books for the documents of the portion that are compared tonight.
-- The shape of a line is a hash of what rules tell apart: event, entity, day and every field that a rule may ask for
create or replace temp table wanted_line as
select l.document_uid, s.event_type, l.occurrence, l.line_no, l.shape_no, s.legal_entity_code, s.event_date, s.product_line, l.is_single,
    l.currency, l.document_date, l.department, l.region, l.customer_ref, l.net_minor, l.tax_minor, l.amount_minor,
    concat(
        hashed_number(l.line_no), s.shape_name, hashed_field(l.currency), hashed_field(l.department), hashed_field(l.region),
        hashed_number(l.net_minor), hashed_number(l.tax_minor), hashed_number(l.amount_minor)) as content
from stashed_line as l
join event_shape as s on s.shape_no = l.shape_no
semi join (from decision where step = 'account' and portion = getvariable('portion')) as d on d.document_uid = l.document_uid
anti join waiting as w on w.document_uid = l.document_uid and w.occurrence = l.occurrence;

-- one row per event of them; a free document moves no money, and there is nothing to book. The same lines in any order are
-- the same event; 128 bits of the digest name its content
create or replace temp table wanted_event as
select document_uid, event_type, occurrence, event_date, legal_entity_code, currency, document_date, customer_ref,
    sha256(content)[1:32]::uuid as payload_hash
from wanted_line
where is_single and (net_minor <> 0 or tax_minor <> 0 or amount_minor <> 0)
union all
select
    document_uid, event_type, occurrence, any_value(event_date), any_value(legal_entity_code), any_value(currency),
    any_value(document_date), any_value(customer_ref), sha256(in_any_order(list(content)))[1:32]::uuid
from wanted_line
where not is_single
group by document_uid, event_type, occurrence
having bool_or(net_minor <> 0 or tax_minor <> 0 or amount_minor <> 0);
