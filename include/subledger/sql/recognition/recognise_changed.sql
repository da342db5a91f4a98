-- what the lines of changed documents still need, day by day: at each day, what is earned less what was recognised up to it,
-- less what the days before it take already; beside it the same of what the line is worth in the entity's own currency
create or replace temp table asked_line as
select l.*, c.as_of
from changed_line as l
join schedule_group as g on g.group_no = l.group_no
join checkpoint as c on c.legal_entity_code = g.legal_entity_code
union
select l.*, d.base_date
from changed_line as l
join schedule_group as g on g.group_no = l.group_no
join posting_day as d on d.legal_entity_code = g.legal_entity_code and d.base_date = l.ended_date;

insert into recognised_amount
with later as (
    select a.document_uid, a.event_type, a.line_no, a.group_no, a.as_of, sum(p.amount_minor)::bigint as amount_minor,
        sum(p.functional_minor)::bigint as functional_minor
    from asked_line as a
    join prior_amount as p
        on p.document_uid = a.document_uid and p.event_type = a.event_type and p.line_no = a.line_no and p.group_no = a.group_no
        and p.as_of > a.as_of and not p.is_undone
    group by all
),
earned as (
    select *,
        required_minor(
            amount_minor, method, service_start, service_end, recognition_date, begins_date, ended_date, from_date, base_minor,
            base_earned_minor, as_of) as earned_minor
    from asked_line
),
difference as (
    select a.*, a.earned_minor - (a.recognised_minor - coalesce(r.amount_minor, 0)) as open_minor,
        worth_minor(a.earned_minor, a.amount_minor, a.functional_minor)
            - (a.recognised_functional_minor - coalesce(r.functional_minor, 0)) as open_functional_minor
    from earned as a
    left join later as r
        on r.document_uid = a.document_uid and r.event_type = a.event_type and r.line_no = a.line_no and r.group_no = a.group_no
        and r.as_of = a.as_of
),
step as (
    select *,
        (open_minor - lag(open_minor, 1, 0) over line)::bigint as step_minor,
        (open_functional_minor - lag(open_functional_minor, 1, 0) over line)::bigint as step_functional_minor
    from difference
    window line as (partition by document_uid, event_type, line_no, group_no order by as_of)
),
-- a line that became dearer in one currency and cheaper in the other stands on both sides of the accounts
sided as (
    select *, coalesce(sign(step_minor) * sign(step_functional_minor) < 0, false) as is_opposed from step
)
select document_uid, event_type, line_no, group_no, as_of, step_minor, begins_date,
    case when is_opposed then 0 else step_functional_minor end as functional_minor
from sided
where step_minor <> 0 or (step_functional_minor <> 0 and not is_opposed)
union all
select document_uid, event_type, line_no, group_no, as_of, 0, begins_date, step_functional_minor
from sided
where is_opposed;

create or replace temp view changed_state as
select l.document_uid, l.event_type, l.line_no, l.group_no, l.amount_minor, l.method, l.service_start, l.service_end, l.recognition_date,
    l.begins_date, l.ended_date, l.from_date, l.base_minor, l.base_earned_minor,
    l.recognised_minor + coalesce(r.amount_minor, 0) as recognised_minor, getvariable('run_no')::integer as run_no, l.functional_minor,
    case
        when l.functional_minor is not null then l.recognised_functional_minor + coalesce(r.functional_minor, 0)
    end as recognised_functional_minor
from changed_line as l
left join (
    select a.document_uid, a.event_type, a.line_no, a.group_no, sum(a.amount_minor)::bigint as amount_minor,
        sum(a.functional_minor)::bigint as functional_minor
    from recognised_amount as a
    semi join changed_document as d on d.document_uid = a.document_uid
    group by all
) as r
    on r.document_uid = l.document_uid and r.event_type = l.event_type and r.line_no = l.line_no and r.group_no = l.group_no;
