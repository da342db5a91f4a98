-- one row per journal line, numbered within its entry. What late documents catch up stands in entries of its own
create table journal_line as
with sided as (
    select i.entry_id, any_value(i.category) as category, any_value(i.currency) as currency, bool_or(s.is_net) as is_net, s.account_code,
        s.party_key, s.kept_department as department, s.kept_region as region, s.kept_product_line as product_line, s.is_debit,
        sum(s.amount_minor)::bigint as amount_minor, sum(s.functional_minor)::bigint as functional_minor, bool_or(s.is_foreign) as is_foreign,
        sum(s.line_count)::bigint as document_count, min(s.first_date) as first_date, max(s.last_date) as last_date
    from leg_sum as s
    join entry_id as i
        on i.legal_entity_code = s.legal_entity_code and i.entry_day is not distinct from s.entry_day and i.period_name = s.period_name
        and i.currency = s.currency and i.category = s.category and i.held_reason is not distinct from s.held_reason and i.part_no = s.part_no
    group by i.entry_id, s.account_code, s.party_key, s.kept_department, s.kept_region, s.kept_product_line, s.is_debit
),
netted as (
    select entry_id, any_value(category) as category, any_value(currency) as currency, account_code, party_key, department, region, product_line,
        sum(amount_minor) > 0 as is_debit, sum(amount_minor)::bigint as amount_minor, sum(functional_minor)::bigint as functional_minor,
        bool_or(is_foreign) as is_foreign, sum(document_count)::bigint as document_count,
        min(first_date) as first_date, max(last_date) as last_date
    from sided
    where is_net
    group by entry_id, account_code, party_key, department, region, product_line
),
-- both sides stay in an entry that would have no line at all, or of which a line would be a debit in one currency and none in the other
shown_whole as (
    select entry_id from netted group by entry_id having bool_and(amount_minor = 0) or bool_or(sign(amount_minor) <> sign(functional_minor))
),
line as (
    select * exclude (is_net) from sided where not is_net or entry_id in (from shown_whole)
    union all by name
    select * from netted where amount_minor <> 0 and entry_id not in (from shown_whole)
)
select
    entry_id,
    row_number() over (
        partition by entry_id order by account_code, is_debit desc, party_key, product_line, department, region)::integer as line_no,
    account_code, amount_minor, functional_minor, department, region, product_line, party_key, document_count,
    category || ' ' || first_date || case when last_date <> first_date then '..' || last_date else '' end
        || ' ' || currency
        -- an ERP that keeps one currency shows the amount of the other here
        || case when is_foreign then ' ' || decimal_text(amount_minor, c.exponent) else '' end || ' ' || document_count || ' lines ' || getvariable('batch_label') as line_text,
    null::uuid as document_uid
from line
join currency as c on c.code = line.currency;
