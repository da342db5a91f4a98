-- one row per ERP, legal entity, account, period and currency: what the subledger entries of the portion add to it
insert into balance_sum
select e.erp_code, g.legal_entity_code, s.account_code, g.period_name, g.currency,
    coalesce(sum(s.amount_minor) filter (where s.amount_minor > 0), 0)::bigint as debit_minor,
    coalesce(-sum(s.amount_minor) filter (where s.amount_minor < 0), 0)::bigint as credit_minor,
    -- where both currencies are the same, so are the sums
    coalesce(sum(s.functional_minor) filter (where s.functional_minor > 0), case when g.currency = e.functional_currency then debit_minor else 0 end)::bigint,
    coalesce(-sum(s.functional_minor) filter (where s.functional_minor < 0), case when g.currency = e.functional_currency then credit_minor else 0 end)::bigint
from subledger_entry as s
join posting_group as g on g.group_no = s.group_no
join legal_entity as e on e.code = g.legal_entity_code
group by e.erp_code, g.legal_entity_code, s.account_code, g.period_name, g.currency, e.functional_currency;
