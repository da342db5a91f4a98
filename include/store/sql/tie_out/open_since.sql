-- one row per legal entity with an open period: the first day of the earliest one, or of one that is closed softly: that is still proven
select p.legal_entity_code, min(p.start_date) as since
from tieout.erp_period as p
left join tieout.accounting_period as o on o.legal_entity_code = p.legal_entity_code and o.period_name = p.period_name
where (p.state = 'open' and coalesce(o.state, 'open') = 'open' or o.state = 'soft_closed')
group by p.legal_entity_code
