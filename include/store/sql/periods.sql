-- one row per accounting period: open only where the ERP and we both say so
select p.legal_entity_code, p.period_name, p.fiscal_year, p.start_date, p.end_date,
    p.state = 'open' and coalesce(o.state, 'open') = 'open' as is_open
from tieout.erp_period as p
left join tieout.accounting_period as o on o.legal_entity_code = p.legal_entity_code and o.period_name = p.period_name
