-- one row per ERP, legal entity, account, period and currency: what this run adds to it
select e.erp_code, l.legal_entity_code, l.account_code, l.period_name, l.currency, 0::bigint as debit_minor, 0::bigint as credit_minor,
    coalesce(sum(l.functional_minor) filter (where l.functional_minor > 0), 0)::bigint as functional_debit_minor,
    coalesce(-sum(l.functional_minor) filter (where l.functional_minor < 0), 0)::bigint as functional_credit_minor
from numbered_leg as l
join legal_entity as e on e.code = l.legal_entity_code
group by e.erp_code, l.legal_entity_code, l.account_code, l.period_name, l.currency
order by all;
