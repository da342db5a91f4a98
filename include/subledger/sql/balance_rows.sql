-- one row per ERP, legal entity, account, period and currency: what the subledger entries of this batch add to it
select e.erp_code, g.legal_entity_code, s.account_code, g.period_name, g.currency,
    coalesce(sum(s.amount_minor) filter (where s.amount_minor > 0), 0)::bigint as debit_minor,
    coalesce(-sum(s.amount_minor) filter (where s.amount_minor < 0), 0)::bigint as credit_minor
from subledger_entry as s
join booking as b on b.booking_id = s.booking_id
join posting_group as g on g.group_no = b.group_no
join legal_entity as e on e.code = g.legal_entity_code
group by all
order by all;
