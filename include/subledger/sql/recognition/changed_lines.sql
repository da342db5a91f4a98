-- one row per line of a changed document: as it is now, or as it was if it is no more, with what was recognised on it so far
create or replace temp table changed_line as
with old as (
    select s.* from state_line as s semi join changed_document as c on c.document_uid = s.document_uid
),
told as (
    select n.document_uid, n.event_type, n.line_no, g.group_no, n.amount_minor, n.method, n.service_start, n.service_end,
        n.recognition_date, n.begins_date, n.ended_date, n.from_date, n.base_minor, n.base_earned_minor, n.functional_minor
    from new_schedule as n
    join changed_document as c on c.document_uid = n.document_uid and c.batch_no = n.batch_no
    join schedule_group as g
        on g.legal_entity_code = n.legal_entity_code and g.currency = n.currency
        and g.revenue_treatment is not distinct from n.revenue_treatment and g.product_line is not distinct from n.product_line
        and g.department is not distinct from n.department and g.region is not distinct from n.region
    where n.line_no is not null
    union all
    -- accounted as before, but an entry on it was given up
    select o.document_uid, o.event_type, o.line_no, o.group_no, o.amount_minor, o.method, o.service_start, o.service_end,
        o.recognition_date, o.begins_date, o.ended_date, o.from_date, o.base_minor, o.base_earned_minor, o.functional_minor
    from old as o
    join changed_document as c on c.document_uid = o.document_uid and c.batch_no is null
),
undone as (
    select document_uid, event_type, line_no, group_no, sum(amount_minor)::bigint as amount_minor,
        sum(functional_minor)::bigint as functional_minor
    from prior_amount
    where is_undone
    group by all
)
select
    document_uid, event_type, line_no, group_no, coalesce(t.amount_minor, 0) as amount_minor, t.method, t.service_start, t.service_end,
    t.recognition_date, coalesce(t.begins_date, o.begins_date) as begins_date, t.ended_date, t.from_date, t.base_minor, t.base_earned_minor,
    coalesce(o.recognised_minor, 0) - coalesce(u.amount_minor, 0) as recognised_minor,
    case when t.functional_minor is not null or o.functional_minor is not null then coalesce(t.functional_minor, 0) end as functional_minor,
    coalesce(o.recognised_functional_minor, 0) - coalesce(u.functional_minor, 0) as recognised_functional_minor
from told as t
full join old as o using (document_uid, event_type, line_no, group_no)
left join undone as u using (document_uid, event_type, line_no, group_no);
