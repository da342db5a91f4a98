-- one row per ERP, legal entity, account, period and currency: what the subledger entries of the portion add to it
insert into balance_sum
with summed as (
    select group_no, coding_no,
        coalesce(sum(amount_minor) filter (where amount_minor > 0), 0) as debit_minor,
        coalesce(-sum(amount_minor) filter (where amount_minor < 0), 0) as credit_minor,
        sum(functional_minor) filter (where functional_minor > 0) as functional_debit_minor,
        -sum(functional_minor) filter (where functional_minor < 0) as functional_credit_minor
    from subledger_entry
    group by group_no, coding_no
)
select e.erp_code, g.legal_entity_code, c.account_code, g.period_name, g.currency, sum(s.debit_minor)::bigint, sum(s.credit_minor)::bigint,
    -- where both currencies are the same, so are the sums
    coalesce(sum(s.functional_debit_minor), case when g.currency = e.functional_currency then sum(s.debit_minor) else 0 end)::bigint,
    coalesce(sum(s.functional_credit_minor), case when g.currency = e.functional_currency then sum(s.credit_minor) else 0 end)::bigint
from summed as s
join entry_coding as c on c.coding_no = s.coding_no
join posting_group as g on g.group_no = s.group_no
join legal_entity as e on e.code = g.legal_entity_code
group by e.erp_code, g.legal_entity_code, c.account_code, g.period_name, g.currency, e.functional_currency;
