-- one row per journal line, numbered within its entry. What late documents catch up stands in entries of its own
create table journal_line as
with line as (
    select i.entry_id, any_value(i.category) as category, any_value(i.currency) as currency, s.account_code, s.party_key, s.kept_department as department,
        s.kept_region as region, s.kept_product_line as product_line, s.is_debit, sum(s.amount_minor)::bigint as amount_minor,
        sum(s.functional_minor)::bigint as functional_minor, bool_or(s.is_foreign) as is_foreign,
        sum(s.line_count)::bigint as document_count, min(s.first_date) as first_date, max(s.last_date) as last_date
    from leg_sum as s
    join entry_id as i
        on i.legal_entity_code = s.legal_entity_code and i.posting_date = s.posting_date and i.period_name = s.period_name
        and i.currency = s.currency and i.category = s.category and i.held_reason is not distinct from s.held_reason and i.part_no = s.part_no
    group by i.entry_id, s.account_code, s.party_key, s.kept_department, s.kept_region, s.kept_product_line, s.is_debit
)
select
    entry_id,
    row_number() over (
        partition by entry_id order by account_code, is_debit desc, party_key, product_line, department, region)::integer as line_no,
    account_code, amount_minor, functional_minor, department, region, product_line, party_key, document_count,
    category || ' ' || first_date || case when last_date <> first_date then '..' || last_date else '' end
        || ' ' || currency
        -- an ERP that keeps one currency shows the amount of the other here
        || case when is_foreign then ' ' || decimal_text(amount_minor, c.exponent) else '' end || ' ' || document_count || ' lines ' || getvariable('batch_label') as line_text
from line
join currency as c on c.code = line.currency;
