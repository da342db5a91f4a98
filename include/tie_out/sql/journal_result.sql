-- one row per legal entity, currency, journal category and account: subledger entries beside journal lines. An entry of category
-- `summary` gathers those of several
with summary as (
    select distinct journal_entry_id::uuid as journal_entry_id, category
    from journal_sums
    where category = 'summary'
),
subledger as (
    select s.journal_entry_id, s.legal_entity_code, s.currency, coalesce(j.category, s.category) as category, s.account_code,
        sum(s.debit_minor)::bigint as debit_minor, sum(s.credit_minor)::bigint as credit_minor
    from entry_sum as s
    left join summary as j on j.journal_entry_id = s.journal_entry_id
    group by all
),
cell as (
    select coalesce(s.legal_entity_code, j.legal_entity_code) as legal_entity_code, coalesce(s.currency, j.currency) as currency,
        coalesce(s.category, j.category) as category, coalesce(s.account_code, j.account_code) as account_code,
        s.journal_entry_id is not null as is_left, j.journal_entry_id is not null as is_right,
        coalesce(s.debit_minor, 0) as left_debit, coalesce(s.credit_minor, 0) as left_credit,
        coalesce(j.debit_minor, 0) as right_debit, coalesce(j.credit_minor, 0) as right_credit,
        coalesce(j.reference, s.journal_entry_id::varchar, 'entries without a booking') as entry
    from subledger as s
    full join journal_sums as j
        on j.journal_entry_id::uuid = s.journal_entry_id and j.account_code = s.account_code and j.category = s.category
        and j.legal_entity_code = s.legal_entity_code and j.currency = s.currency
)
select legal_entity_code, currency, category, account_code,
    count(*) filter (where is_left) as left_count, count(*) filter (where is_right) as right_count,
    sum(left_debit)::bigint as left_debit, sum(left_credit)::bigint as left_credit,
    sum(right_debit)::bigint as right_debit, sum(right_credit)::bigint as right_credit,
    count(*) filter (where (left_debit, left_credit) <> (right_debit, right_credit)) as unlike_count,
    array_to_string(list_slice(list(
        entry || ' (subledger ' || (left_debit - left_credit) || ', journal ' || (right_debit - right_credit) || ')' order by entry)
            filter (where (left_debit, left_credit) <> (right_debit, right_credit)), 1, 5), '; ') as entries
from cell
group by all
order by all;
