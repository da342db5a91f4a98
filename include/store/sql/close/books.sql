-- one row: the days of a period and the currency of the legal entity's books, by its ERP or else by what is booked; none where no ERP
-- has the period
select p.start_date, p.end_date, p.fiscal_year, coalesce(c.currency, e.functional_currency)::text as currency,
    coalesce(c.exponent, e.functional_exponent)::int as exponent
from erp_period as p
left join erp_company as c on c.erp_code = p.erp_code and c.legal_entity_code = p.legal_entity_code
left join lateral (
    select functional_currency, functional_exponent from journal_entry where legal_entity_code = %(entity)s limit 1
) as e on true
where p.legal_entity_code = %(entity)s and p.period_name = %(period)s
order by p.synced_at desc
limit 1
