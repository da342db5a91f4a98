-- one row per group, day, and line of the posting rule: on which account what was recognised is booked, and in which entry.
-- Lines of equal accounts and kept dimensions stand in one part, so that each part balances
create table recognition_leg as
with told as (
    select r.group_no, r.as_of, g.legal_entity_code, g.currency, p.posting_date, p.period_name, p.held_reason,
        case when p.posting_date <> r.as_of then 'late' else 'recognition' end as category,
        s.rule_id, s.role, s.side, s.account_code, s.party_key, g.department, g.region, g.product_line,
        case when e.keeps_department then g.department end as kept_department,
        case when e.keeps_region then g.region end as kept_region,
        case when e.keeps_product_line then g.product_line end as kept_product_line,
        entry_day_of(e.gathered_by, p.posting_date, p.held_reason) as entry_day, e.line_amounts = 'net' as is_net
    from (select distinct group_no, as_of from recognised_sum) as r
    join schedule_group as g on g.group_no = r.group_no
    join legal_entity as e on e.code = g.legal_entity_code
    join posting_day as p on p.legal_entity_code = g.legal_entity_code and p.base_date = r.as_of
    join event_shape as h
        on h.legal_entity_code = g.legal_entity_code and h.event_date = r.as_of
        and h.revenue_treatment is not distinct from g.revenue_treatment and h.product_line is not distinct from g.product_line
    join shape_line as s on s.shape_no = h.shape_no
)
select *,
    -- a debit and a credit each way are four lines
    ((dense_rank() over (
        partition by legal_entity_code, entry_day, period_name, currency, category, held_reason
        order by rule_id, kept_department, kept_region, kept_product_line) - 1) // greatest(getvariable('line_limit') // 4, 1) + 1)::integer as part_no
from told;
