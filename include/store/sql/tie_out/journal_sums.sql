-- one row per journal entry of the batch, account and currency: the transaction's and, where that is another, the books' own. What
-- debits and credits took from each other counts on either side, as it does in the subledger. Whatever became of the entry
with line as (
    select e.id, l.account_code, greatest(l.amount_minor, 0) as debit_minor, greatest(-l.amount_minor, 0) as credit_minor,
        greatest(l.functional_minor, 0) as functional_debit, greatest(-l.functional_minor, 0) as functional_credit
    from tieout.journal_entry as e
    join tieout.journal_line as l on l.entry_id = e.id
    where e.batch_no = current_setting('tieout.batch_no')::bigint
    union all
    select e.id, n.account_code, n.amount_minor, n.amount_minor, n.functional_minor, n.functional_minor
    from tieout.journal_entry as e
    join tieout.netted_amount as n on n.entry_id = e.id
    where e.batch_no = current_setting('tieout.batch_no')::bigint
),
amount as (
    select e.id, e.currency::text as currency, l.account_code, l.debit_minor, l.credit_minor
    from line as l
    join tieout.journal_entry as e on e.id = l.id
    union all
    select e.id, e.functional_currency::text, l.account_code, l.functional_debit, l.functional_credit
    from line as l
    join tieout.journal_entry as e on e.id = l.id
    where e.functional_currency <> e.currency
)
select e.id::text as journal_entry_id, e.reference, e.legal_entity_code, a.currency, e.category, a.account_code,
    sum(a.debit_minor)::bigint as debit_minor, sum(a.credit_minor)::bigint as credit_minor
from amount as a
join tieout.journal_entry as e on e.id = a.id
group by e.id, e.reference, e.legal_entity_code, a.currency, e.category, a.account_code
