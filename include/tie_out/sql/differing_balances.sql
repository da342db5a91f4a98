-- one row per account and period whose running balance is not what the stored subledger entries of standing entries add up to
with entry as (
    select j.erp_code, s.legal_entity_code, s.account_code, s.period_name, s.currency,
        coalesce(sum(s.amount_minor) filter (where s.amount_minor > 0), 0)::bigint as debit_minor,
        coalesce(-sum(s.amount_minor) filter (where s.amount_minor < 0), 0)::bigint as credit_minor,
        coalesce(sum(s.in_books_minor) filter (where s.in_books_minor > 0), 0)::bigint as functional_debit_minor,
        coalesce(-sum(s.in_books_minor) filter (where s.in_books_minor < 0), 0)::bigint as functional_credit_minor
    from (from booked_entry select *, coalesce(functional_minor, amount_minor) as in_books_minor) as s
    join standing_entries as j on j.id::uuid = s.journal_entry_id
    group by all
)
select erp_code, legal_entity_code, account_code, period_name, currency, coalesce(e.debit_minor, 0) as debit_minor,
    coalesce(e.credit_minor, 0) as credit_minor, coalesce(e.functional_debit_minor, 0) as functional_debit_minor,
    coalesce(e.functional_credit_minor, 0) as functional_credit_minor,
    coalesce(k.debit_minor, 0) as kept_debit, coalesce(k.credit_minor, 0) as kept_credit,
    coalesce(k.functional_debit_minor, 0) as kept_functional_debit, coalesce(k.functional_credit_minor, 0) as kept_functional_credit
from entry as e
full join kept as k using (erp_code, legal_entity_code, account_code, period_name, currency)
where (coalesce(e.debit_minor, 0), coalesce(e.credit_minor, 0)) <> (coalesce(k.debit_minor, 0), coalesce(k.credit_minor, 0))
    or (coalesce(e.functional_debit_minor, 0), coalesce(e.functional_credit_minor, 0))
        <> (coalesce(k.functional_debit_minor, 0), coalesce(k.functional_credit_minor, 0))
order by all;
