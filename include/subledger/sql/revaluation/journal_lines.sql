-- one row per journal line, numbered within its entry: per account and side, in the entity's own currency alone
create table journal_line as
with line as (
    select i.entry_id, any_value(l.category) as category, any_value(l.currency) as currency, any_value(i.revalued_period) as revalued_period,
        l.account_code, l.party_key, l.functional_minor > 0 as is_debit, sum(l.functional_minor)::bigint as functional_minor,
        count(distinct l.item_uid) as document_count
    from numbered_leg as l
    join entry_id as i on i.entry_id = l.entry_id
    group by i.entry_id, l.account_code, l.party_key, l.functional_minor > 0
)
select
    entry_id, row_number() over (partition by entry_id order by account_code, is_debit desc, party_key)::integer as line_no,
    account_code, 0::bigint as amount_minor, functional_minor, null::varchar as department, null::varchar as region, null::varchar as product_line,
    party_key, document_count,
    category || ' ' || revalued_period || ' ' || currency || ' ' || document_count || ' items ' || getvariable('batch_label') as line_text,
    null::uuid as document_uid
from line;
