-- one row per later period of the same legal entity and fiscal year that takes entries: where what is late would go
select p.period_name
from erp_period as p
where p.legal_entity_code = %(entity)s and p.start_date > %(end)s and p.fiscal_year = %(year)s and p.state = 'open'
    and takes_entries(p.legal_entity_code, p.period_name)
order by p.start_date
limit 1
