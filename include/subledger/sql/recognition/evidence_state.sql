-- one row per line of the bucket: its terms, and what is recognised on it after this run. A line that was not changed is
-- recognised as far as it is earned by the last day of its legal entity
with running as (
    select l.*,
        case
            when c.as_of is null then l.recognised_minor
            else required_minor(
                l.amount_minor, l.method, l.service_start, l.service_end, l.recognition_date, l.begins_date, l.ended_date, l.from_date,
                l.base_minor, l.base_earned_minor, c.as_of)
        end as earned_minor
    from state_line as l
    join schedule_group as g on g.group_no = l.group_no
    left join checkpoint as c on c.legal_entity_code = g.legal_entity_code and c.is_last and c.is_new
    anti join changed_document as d on d.document_uid = l.document_uid
)
select document_uid, event_type, line_no, group_no, amount_minor, method, service_start, service_end, recognition_date, begins_date,
    ended_date, from_date, base_minor, base_earned_minor, earned_minor as recognised_minor, getvariable('run_no')::integer as run_no,
    functional_minor, worth_minor(earned_minor, amount_minor, functional_minor) as recognised_functional_minor
from running
union all
from changed_state;
