-- one row: the oldest period of the legal entity with entries that is closed neither here nor in the ERP, or else the one of a day
select p.period_name
from erp_period as p
left join accounting_period as a on a.legal_entity_code = p.legal_entity_code and a.period_name = p.period_name
where p.legal_entity_code = %(entity)s and coalesce(a.state, 'open') <> 'closed' and (p.state = 'open' or a.state = 'soft_closed')
    and p.start_date <= %(day)s
    and (%(day)s between p.start_date and p.end_date
        or exists (
            select from journal_entry as e
            where e.legal_entity_code = p.legal_entity_code and e.period_name = p.period_name and e.state <> 'superseded'))
order by p.start_date
limit 1
