-- one row per journal line of the entry, event type, rule, and whether it is a reversal: its subledger entries, counted and summed.
-- Without a line: entries that cancel out within the journal entry, so that no line shows them
with total as (
    select account_code, party_key, case when (select bool_or(document_uid is not null) from line_key) then document_uid::varchar end as document_uid, department, region, product_line, is_debit, event_type, rule_id,
        reverses_no is not null as is_reversal, count(*) as entry_count, sum(amount_minor)::bigint as amount_minor, sum(own_minor)::bigint as own_minor
    from stored_entry
    where journal_entry_id = getvariable('entry_id')::uuid
    group by all
)
select l.line_no, t.event_type, t.rule_id, t.is_reversal, sum(t.entry_count)::bigint as entry_count,
    sum(t.amount_minor)::bigint as amount_minor, sum(t.own_minor)::bigint as functional_minor
from total as t
left join line_key as l
    on l.account_code = t.account_code and l.party_key is not distinct from t.party_key
    and coalesce(l.document_uid = t.document_uid, true)
    and (not l.keeps_department or l.department is not distinct from t.department)
    and (not l.keeps_region or l.region is not distinct from t.region)
    and (not l.keeps_product_line or l.product_line is not distinct from t.product_line)
    and (not l.tells_side or l.is_debit = t.is_debit)
group by l.line_no, t.event_type, t.rule_id, t.is_reversal
order by l.line_no, t.event_type, t.is_reversal, t.rule_id
