-- one row per ERP, legal entity, account, period and currency: what this run adds to it
select e.erp_code, s.legal_entity_code, s.account_code, s.period_name, s.currency,
    coalesce(sum(s.amount_minor) filter (where s.amount_minor > 0), 0)::bigint as debit_minor,
    coalesce(-sum(s.amount_minor) filter (where s.amount_minor < 0), 0)::bigint as credit_minor,
    coalesce(sum(s.functional_minor) filter (where s.functional_minor > 0), 0)::bigint as functional_debit_minor,
    coalesce(-sum(s.functional_minor) filter (where s.functional_minor < 0), 0)::bigint as functional_credit_minor
from leg_sum as s
join legal_entity as e on e.code = s.legal_entity_code
group by e.erp_code, s.legal_entity_code, s.account_code, s.period_name, s.currency
order by all;
