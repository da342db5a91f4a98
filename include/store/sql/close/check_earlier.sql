-- one row per earlier period of the legal entity that has entries and is closed neither here nor in the ERP, the oldest first
select distinct p.period_name, p.end_date
from erp_period as p
left join accounting_period as a on a.legal_entity_code = p.legal_entity_code and a.period_name = p.period_name
where p.legal_entity_code = %(entity)s and p.end_date < %(start)s and p.state = 'open' and coalesce(a.state, 'open') <> 'closed'
    and exists (
        select from journal_entry as e
        where e.legal_entity_code = p.legal_entity_code and e.period_name = p.period_name and e.state <> 'superseded')
order by p.end_date
