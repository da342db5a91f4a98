-- one row per journal entry to be, before it has an id: dated on the latest day that it gathers. `members` names the run and all
-- that is in it: a run that is repeated after a restore gives the same entries the same ids, and no other run ever can
with line as (
    select legal_entity_code, entry_day, max(posting_date) as posting_date, period_name, currency, category, held_reason, part_no,
        sha256(string_agg(concat(
            hashed_number(group_no), hashed_number(as_of), hashed_field(account_code), hashed_number(is_debit),
            hashed_number(amount_minor), hashed_number(line_count),
            case when functional_minor <> amount_minor then hashed_number(functional_minor) end), '' order by group_no, as_of, account_code, is_debit)) as digest
    from leg_sum
    group by legal_entity_code, entry_day, period_name, currency, category, held_reason, part_no
)
select entry_day, legal_entity_code, max(posting_date) over entry as posting_date, period_name, currency, category, held_reason, part_no,
    max(part_no) over entry as part_count, 'recognition ' || getvariable('run_no') || ':' || digest as members
from line
window entry as (partition by legal_entity_code, entry_day, period_name, currency, category, held_reason)
order by legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no;
