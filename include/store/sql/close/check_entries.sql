-- one row per state: entries of the legal entity dated in the period that the ERP has not confirmed
select coalesce(e.held_reason, e.state) as state, count(*) as entry_count, min(e.reference) as reference,
    sum(e.total_debit_minor)::text as debit_minor, min(e.currency)::text as currency, count(distinct e.currency) as currency_count,
    bool_or(e.state in ('ready', 'sending', 'in_doubt', 'created_unreleased', 'posted')) as is_moving
from journal_entry as e
where e.legal_entity_code = %(entity)s and (e.period_name = %(period)s or e.posting_date between %(start)s and %(end)s)
    and e.state not in ('verified', 'reversed', 'superseded')
group by 1
order by 1
