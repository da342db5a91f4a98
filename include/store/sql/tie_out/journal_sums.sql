-- one row per journal entry of the batch and account, whatever became of the entry
select e.id::text as journal_entry_id, e.reference, e.legal_entity_code, e.currency::text as currency, e.category, l.account_code,
    coalesce(sum(l.amount_minor) filter (where l.amount_minor > 0), 0)::bigint as debit_minor,
    coalesce(-sum(l.amount_minor) filter (where l.amount_minor < 0), 0)::bigint as credit_minor
from tieout.journal_entry as e
join tieout.journal_line as l on l.entry_id = e.id
where e.batch_no = current_setting('tieout.batch_no')::bigint
group by e.id, e.reference, e.legal_entity_code, e.currency, e.category, l.account_code
