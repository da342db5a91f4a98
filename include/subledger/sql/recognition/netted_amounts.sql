-- one row per journal entry and account of which debits and credits were taken together: how much of either side no line shows
with gross as (
    select i.entry_id, s.account_code, sum(s.amount_minor) filter (where s.amount_minor > 0) as debit_minor,
        sum(s.functional_minor) filter (where s.functional_minor > 0) as functional_debit_minor
    from leg_sum as s
    join entry_id as i
        on i.legal_entity_code = s.legal_entity_code and i.entry_day is not distinct from s.entry_day and i.period_name = s.period_name
        and i.currency = s.currency and i.category = s.category and i.held_reason is not distinct from s.held_reason and i.part_no = s.part_no
    where s.is_net
    group by i.entry_id, s.account_code
),
shown as (
    select entry_id, account_code, sum(amount_minor) filter (where amount_minor > 0) as debit_minor,
        sum(functional_minor) filter (where functional_minor > 0) as functional_debit_minor
    from journal_line
    group by entry_id, account_code
)
select g.entry_id, g.account_code, (coalesce(g.debit_minor, 0) - coalesce(s.debit_minor, 0))::bigint as amount_minor,
    (coalesce(g.functional_debit_minor, 0) - coalesce(s.functional_debit_minor, 0))::bigint as functional_minor
from gross as g
left join shown as s on s.entry_id = g.entry_id and s.account_code = g.account_code
where coalesce(g.debit_minor, 0) <> coalesce(s.debit_minor, 0) or coalesce(g.functional_debit_minor, 0) <> coalesce(s.functional_debit_minor, 0);
