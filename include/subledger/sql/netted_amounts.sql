-- one row per journal entry and account of which debits and credits were taken together: how much of either side no line shows
with gross as (
    select s.entry_no, s.part_no, k.account_code, sum(s.amount_minor) filter (where s.amount_minor > 0) as debit_minor,
        sum(coalesce(s.functional_minor, s.amount_minor)) filter (where coalesce(s.functional_minor, s.amount_minor) > 0) as functional_minor
    from line_sum as s
    join entry_group as e on e.entry_no = s.entry_no and e.is_net
    join line_key as k on k.key_no = s.key_no
    where s.is_debit is not null
    group by s.entry_no, s.part_no, k.account_code
),
shown as (
    select entry_id, account_code, sum(amount_minor) filter (where amount_minor > 0) as debit_minor,
        sum(functional_minor) filter (where functional_minor > 0) as functional_minor
    from journal_line
    group by entry_id, account_code
),
netted as (
    select i.entry_id, g.account_code, (coalesce(g.debit_minor, 0) - coalesce(s.debit_minor, 0))::bigint as amount_minor,
        (coalesce(g.functional_minor, 0) - coalesce(s.functional_minor, 0))::bigint as functional_minor
    from gross as g
    join entry_id as i on i.entry_no = g.entry_no and i.part_no = g.part_no
    left join shown as s on s.entry_id = i.entry_id and s.account_code = g.account_code
)
from netted
where amount_minor <> 0 or functional_minor <> 0;
