-- one row: the period before another one, of the same ERP; none before the first
select before.period_name
from erp_period as p
join erp_period as before
    on before.erp_code = p.erp_code and before.legal_entity_code = p.legal_entity_code
    and (before.end_date, before.start_date) < (p.end_date, p.start_date)
where p.legal_entity_code = %(entity)s and p.period_name = %(period)s
order by before.end_date desc, before.start_date desc
limit 1
