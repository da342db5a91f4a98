-- one row per ERP, legal entity, account, period and currency: what the subledger entries of this batch add to it
select erp_code, legal_entity_code, account_code, period_name, currency, sum(debit_minor)::bigint as debit_minor,
    sum(credit_minor)::bigint as credit_minor, sum(functional_debit_minor)::bigint as functional_debit_minor,
    sum(functional_credit_minor)::bigint as functional_credit_minor
from balance_sum
group by all
order by all;
