-- one row per accounting period: open only where the ERP and we both say so, we for this person and this category of entries
select p.legal_entity_code, p.period_name, p.fiscal_year, p.start_date, p.end_date,
    p.state = 'open' and tieout.takes_entries(p.legal_entity_code, p.period_name, coalesce(current_setting('tieout.category', true), '')) as is_open
from tieout.erp_period as p
