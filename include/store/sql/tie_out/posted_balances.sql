-- one row per account and period: what the ERP should have of us, all that is accounted less what is not posted
with waiting as (
    select e.id, e.period_name, e.currency
    from journal_entry as e
    where e.erp_code = %(erp)s and e.legal_entity_code = %(entity)s and e.state not in ('posted', 'verified', 'superseded', 'reversed')
),
waiting_line as (
    select l.account_code, w.period_name, w.currency::text as currency,
        coalesce(sum(l.amount_minor) filter (where l.amount_minor > 0), 0) as debit_minor,
        coalesce(-sum(l.amount_minor) filter (where l.amount_minor < 0), 0) as credit_minor
    from waiting as w
    join journal_line as l on l.entry_id = w.id
    group by l.account_code, w.period_name, w.currency
)
select b.account_code, b.period_name, b.currency, (b.debit_minor - coalesce(w.debit_minor, 0))::bigint as debit_minor,
    (b.credit_minor - coalesce(w.credit_minor, 0))::bigint as credit_minor
from control_balance as b
left join waiting_line as w on w.account_code = b.account_code and w.period_name = b.period_name and w.currency = b.currency
where b.erp_code = %(erp)s and b.legal_entity_code = %(entity)s
