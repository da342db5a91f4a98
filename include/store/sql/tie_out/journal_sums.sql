-- one row per journal entry of the batch, account and currency: the transaction's and, where that is another, the books' own.
-- Whatever became of the entry
with line as (
    select l.entry_id, e.currency::text as currency, l.account_code, l.amount_minor
    from tieout.journal_entry as e
    join tieout.journal_line as l on l.entry_id = e.id
    where e.batch_no = current_setting('tieout.batch_no')::bigint
    union all
    select l.entry_id, e.functional_currency::text, l.account_code, l.functional_minor
    from tieout.journal_entry as e
    join tieout.journal_line as l on l.entry_id = e.id
    where e.batch_no = current_setting('tieout.batch_no')::bigint and e.functional_currency <> e.currency
)
select e.id::text as journal_entry_id, e.reference, e.legal_entity_code, l.currency, e.category, l.account_code,
    coalesce(sum(l.amount_minor) filter (where l.amount_minor > 0), 0)::bigint as debit_minor,
    coalesce(-sum(l.amount_minor) filter (where l.amount_minor < 0), 0)::bigint as credit_minor
from line as l
join tieout.journal_entry as e on e.id = l.entry_id
group by e.id, e.reference, e.legal_entity_code, l.currency, e.category, l.account_code
