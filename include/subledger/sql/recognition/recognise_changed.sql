-- what the lines of changed documents still need, day by day: at each day, what is earned less what was recognised up to it,
-- less what the days before it take already
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
    select a.document_uid, a.event_type, a.line_no, a.group_no, a.as_of, sum(p.amount_minor)::bigint as amount_minor
    from asked_line as a
    join prior_amount as p
        on p.document_uid = a.document_uid and p.event_type = a.event_type and p.line_no = a.line_no and p.group_no = a.group_no
        and p.as_of > a.as_of and not p.is_undone
    group by all
),
difference as (
    select a.*,
        required_minor(
            a.amount_minor, a.method, a.service_start, a.service_end, a.recognition_date, a.begins_date, a.ended_date, a.from_date,
            a.base_minor, a.base_earned_minor, a.as_of) - (a.recognised_minor - coalesce(r.amount_minor, 0)) as open_minor
    from asked_line as a
    left join later as r
        on r.document_uid = a.document_uid and r.event_type = a.event_type and r.line_no = a.line_no and r.group_no = a.group_no
        and r.as_of = a.as_of
),
step as (
    select *, open_minor - lag(open_minor, 1, 0) over (
            partition by document_uid, event_type, line_no, group_no order by as_of) as step_minor
    from difference
)
select document_uid, event_type, line_no, group_no, as_of, step_minor::bigint, begins_date from step where step_minor <> 0;

create or replace temp view changed_state as
select l.document_uid, l.event_type, l.line_no, l.group_no, l.amount_minor, l.method, l.service_start, l.service_end, l.recognition_date,
    l.begins_date, l.ended_date, l.from_date, l.base_minor, l.base_earned_minor,
    l.recognised_minor + coalesce(r.amount_minor, 0) as recognised_minor, getvariable('run_no')::integer as run_no
from changed_line as l
left join (
    select a.document_uid, a.event_type, a.line_no, a.group_no, sum(a.amount_minor)::bigint as amount_minor
    from recognised_amount as a
    semi join changed_document as d on d.document_uid = a.document_uid
    group by all
) as r
    on r.document_uid = l.document_uid and r.event_type = l.event_type and r.line_no = l.line_no and r.group_no = l.group_no;
