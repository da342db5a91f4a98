-- one row per account and period: what the ERP should have of us in the books' own currency, all that is accounted less what is
-- not posted
with waiting_line as (
    select l.account_code, e.period_name,
        coalesce(sum(l.functional_minor) filter (where l.functional_minor > 0), 0) as debit_minor,
        coalesce(-sum(l.functional_minor) filter (where l.functional_minor < 0), 0) as credit_minor
    from journal_entry as e
    join journal_line as l on l.entry_id = e.id
    where e.erp_code = %(erp)s and e.legal_entity_code = %(entity)s and e.state not in ('posted', 'verified', 'superseded', 'reversed')
    group by l.account_code, e.period_name
),
accounted as (
    select account_code, period_name, sum(functional_debit_minor) as debit_minor, sum(functional_credit_minor) as credit_minor
    from control_balance
    where erp_code = %(erp)s and legal_entity_code = %(entity)s
    group by account_code, period_name
)
select a.account_code, a.period_name, (a.debit_minor - coalesce(w.debit_minor, 0))::bigint as debit_minor,
    (a.credit_minor - coalesce(w.credit_minor, 0))::bigint as credit_minor
from accounted as a
left join waiting_line as w on w.account_code = a.account_code and w.period_name = a.period_name
