-- one row per journal entry that should stand in the ERP, posted on or after a day or listed there, and account: in the books'
-- own currency
select e.reference, e.state, e.category, e.posting_date, e.erp_id, e.erp_number, l.account_code,
    coalesce(sum(l.functional_minor) filter (where l.functional_minor > 0), 0)::bigint as debit_minor,
    coalesce(-sum(l.functional_minor) filter (where l.functional_minor < 0), 0)::bigint as credit_minor
from journal_entry as e
join journal_line as l on l.entry_id = e.id
where e.erp_code = %(erp)s and e.legal_entity_code = %(entity)s and e.state in ('posted', 'verified', 'reversed')
    and (e.posting_date >= %(since)s or e.reference = any(%(listed)s))
group by e.id, l.account_code
