-- one row per move: what stands in one way is undone as it was booked, and booked again as the rules have it today. Numbered in a fixed
-- order; the run of a move is a name of its own, by which its lines find their legs
create or replace temp table move as
with told as (
    select group_no, as_of, way, posting_date as base_date, true as is_reversal from moved_amount
    union
    select group_no, as_of, null, posting_date, false from moved_amount
),
numbered as (
    select row_number() over (order by is_reversal, group_no, as_of, base_date, way)::integer as move_no, * from told
)
select *, digest(concat(hashed_field(getvariable('batch_id')), hashed_number(move_no))) as run_id from numbered;

-- one row per line moved, twice: away, and to where it belongs
create or replace temp table moved_line as
select v.move_no, v.run_id, m.document_uid, m.bucket, m.event_type, m.line_no, m.group_no, m.as_of, -m.amount_minor as amount_minor, -m.functional_minor as functional_minor
from moved_amount as m
join move as v
    on v.is_reversal and v.group_no = m.group_no and v.as_of = m.as_of and v.way = m.way and v.base_date = m.posting_date
union all
select v.move_no, v.run_id, m.document_uid, m.bucket, m.event_type, m.line_no, m.group_no, m.as_of, sum(m.amount_minor)::bigint, sum(m.functional_minor)::bigint
from moved_amount as m
join move as v on not v.is_reversal and v.group_no = m.group_no and v.as_of = m.as_of and v.base_date = m.posting_date
group by all
having sum(m.amount_minor) <> 0 or sum(m.functional_minor) <> 0;

truncate recognised_sum;
insert into recognised_sum
select move_no, as_of, case when amount_minor = 0 then functional_minor else amount_minor end > 0, sum(amount_minor)::bigint, count(*), min(as_of), max(as_of),
    sum(functional_minor)::bigint
from moved_line
group by all;

-- one row per move and leg: on which account, and in which entry
create table recognition_leg as
with stored as (
    select distinct l.group_no, l.as_of, w.way, w.posting_date, l.account_code, l.party_key, l.role, l.department, l.region, l.product_line,
        l.side, l.rule_id
    from recorded_leg as l
    join recorded_way as w on w.run_id = l.run_id and w.group_no = l.group_no and w.as_of = l.as_of
    semi join moved_amount as m
        on m.group_no = w.group_no and m.as_of = w.as_of and m.way = w.way and m.posting_date = w.posting_date
    -- the same way under several names of rules is one way
    qualify row_number() over (
        partition by l.group_no, l.as_of, w.way, w.posting_date, l.account_code, l.party_key, l.department, l.region, l.product_line, l.side
        order by l.rule_id, l.role) = 1
),
leg as (
    select v.move_no, v.run_id, v.group_no, v.as_of, v.base_date, v.is_reversal, s.account_code, s.party_key, s.role, s.department, s.region,
        s.product_line, s.side, s.rule_id
    from move as v
    join stored as s on s.group_no = v.group_no and s.as_of = v.as_of and s.way = v.way and s.posting_date = v.base_date
    where v.is_reversal
    union all
    select v.move_no, v.run_id, v.group_no, v.as_of, v.base_date, v.is_reversal, r.account_code, r.party_key, r.role, r.department, r.region,
        r.product_line, r.side, r.rule_id
    from move as v
    join ruled_leg as r on r.group_no = v.group_no and r.as_of = v.as_of
    where not v.is_reversal
),
told as (
    select l.move_no as group_no, l.as_of, l.group_no as line_group_no, l.run_id, g.legal_entity_code, g.currency, p.posting_date,
        p.period_name, p.held_reason,
        case when l.is_reversal then 'reversal' when p.posting_date <> l.as_of then 'late' else 'recognition' end as category,
        l.rule_id, l.role, l.side, l.account_code, l.party_key, l.department, l.region, l.product_line,
        case when e.keeps_department then l.department end as kept_department,
        case when e.keeps_region then l.region end as kept_region,
        case when e.keeps_product_line then l.product_line end as kept_product_line,
        entry_day_of(e.gathered_by, p.posting_date, p.held_reason) as entry_day, e.line_amounts = 'net' as is_net
    from leg as l
    join schedule_group as g on g.group_no = l.group_no
    join legal_entity as e on e.code = g.legal_entity_code
    join posting_day as p on p.legal_entity_code = g.legal_entity_code and p.base_date = l.base_date
),
-- the legs of one move stand in one part, so that each part balances
way as (
    select group_no, as_of, any_value(legal_entity_code) as legal_entity_code, any_value(entry_day) as entry_day,
        any_value(period_name) as period_name, any_value(currency) as currency, any_value(category) as category,
        any_value(held_reason) as held_reason,
        in_any_order(list(concat_ws('|', account_code, coalesce(kept_department, ''), coalesce(kept_region, ''), coalesce(kept_product_line, '')))) as lines
    from told
    group by group_no, as_of
),
parted as (
    select group_no,
        ((dense_rank() over (
            partition by legal_entity_code, entry_day, period_name, currency, category, held_reason order by lines) - 1)
            // greatest(getvariable('line_limit') // 4, 1) + 1)::integer as part_no
    from way
)
select t.*, p.part_no
from told as t
join parted as p on p.group_no = t.group_no;
