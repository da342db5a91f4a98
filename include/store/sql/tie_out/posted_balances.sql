-- one row per account and period: what the ERP should have of us in the books' own currency, all that is accounted less what is
-- not posted; as the ERP shows it, where debits and credits stand on one line, or are negative
with standing as (
    select id, period_name, state in ('posted', 'verified', 'reversed') as is_posted, reversal_style
    from journal_entry
    where erp_code = %(erp)s and legal_entity_code = %(entity)s and state <> 'superseded'
        and (state not in ('posted', 'verified', 'reversed') or reversal_style = 'negative')
),
hidden as (
    select l.account_code, e.period_name, greatest(l.functional_minor, 0) as debit_minor, greatest(-l.functional_minor, 0) as credit_minor
    from standing as e
    join journal_line as l on l.entry_id = e.id
    where not e.is_posted
    union all
    -- a negative credit takes off the credits what would add to the debits
    select l.account_code, e.period_name, abs(l.functional_minor), abs(l.functional_minor)
    from standing as e
    join journal_line as l on l.entry_id = e.id
    where e.is_posted and e.reversal_style = 'negative'
    union all
    select n.account_code, e.period_name, n.functional_minor, n.functional_minor
    from netted_amount as n
    join journal_entry as e on e.id = n.entry_id
    where e.erp_code = %(erp)s and e.legal_entity_code = %(entity)s and e.state <> 'superseded'
),
unseen as (
    select account_code, period_name, sum(debit_minor) as debit_minor, sum(credit_minor) as credit_minor
    from hidden
    group by account_code, period_name
),
accounted as (
    select account_code, period_name, sum(functional_debit_minor) as debit_minor, sum(functional_credit_minor) as credit_minor
    from control_balance
    where erp_code = %(erp)s and legal_entity_code = %(entity)s
    group by account_code, period_name
)
select a.account_code, a.period_name, (a.debit_minor - coalesce(u.debit_minor, 0))::bigint as debit_minor,
    (a.credit_minor - coalesce(u.credit_minor, 0))::bigint as credit_minor
from accounted as a
left join unseen as u on u.account_code = a.account_code and u.period_name = a.period_name
