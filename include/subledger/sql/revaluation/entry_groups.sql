-- one row per journal entry to be, before it has an id. `members` names the run and all that is in it
with line as (
    select legal_entity_code, posting_date, period_name, currency, category, held_reason, revalued_period, half, item_uid, account_code,
        sum(functional_minor)::bigint as functional_minor
    from placed_leg
    group by all
)
select legal_entity_code, posting_date, period_name, currency, category, held_reason, revalued_period, half, 1::integer as part_no, 1::bigint as part_count,
    'revaluation ' || getvariable('run_no') || ':' || sha256(string_agg(
        concat(hashed_field(item_uid), hashed_field(account_code), hashed_number(functional_minor)), '' order by item_uid, account_code)) as members
from line
group by all
order by all;
