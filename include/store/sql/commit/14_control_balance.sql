-- the running balances by account and period; last, because other sources of the same entities wait for these rows
insert into tieout.control_balance (erp_code, legal_entity_code, account_code, period_name, currency, debit_minor, credit_minor,
    functional_debit_minor, functional_credit_minor)
select n.erp_code, n.legal_entity_code, n.account_code, n.period_name, n.currency, n.debit_minor, n.credit_minor,
    n.functional_debit_minor, n.functional_credit_minor
from new_balance as n
order by n.erp_code, n.legal_entity_code, n.account_code, n.period_name, n.currency
on conflict (erp_code, legal_entity_code, account_code, period_name, currency) do update
set debit_minor = control_balance.debit_minor + excluded.debit_minor,
    credit_minor = control_balance.credit_minor + excluded.credit_minor,
    functional_debit_minor = control_balance.functional_debit_minor + excluded.functional_debit_minor,
    functional_credit_minor = control_balance.functional_credit_minor + excluded.functional_credit_minor
