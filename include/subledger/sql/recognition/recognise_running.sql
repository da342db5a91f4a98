-- what the periods that ended since the last run take of all other lines: earned by their end, less recognised before
insert into recognised_amount
with earned as (
    select l.document_uid, l.event_type, l.line_no, l.group_no, c.as_of, c.prior_as_of, l.begins_date, l.amount_minor, l.functional_minor,
        l.recognised_functional_minor,
        required_minor(
            l.amount_minor, l.method, l.service_start, l.service_end, l.recognition_date, l.begins_date, l.ended_date, l.from_date,
            l.base_minor, l.base_earned_minor, c.as_of) as now_minor,
        case
            when c.prior_as_of is null then l.recognised_minor
            else required_minor(
                l.amount_minor, l.method, l.service_start, l.service_end, l.recognition_date, l.begins_date, l.ended_date, l.from_date,
                l.base_minor, l.base_earned_minor, c.prior_as_of)
        end as before_minor
    from state_line as l
    join schedule_group as g on g.group_no = l.group_no
    join checkpoint as c on c.legal_entity_code = g.legal_entity_code and c.is_new
    anti join changed_document as d on d.document_uid = l.document_uid
)
select document_uid, event_type, line_no, group_no, as_of, now_minor - before_minor as amount_minor, begins_date,
    worth_minor(now_minor, amount_minor, functional_minor) - case
        when prior_as_of is null then recognised_functional_minor
        else worth_minor(before_minor, amount_minor, functional_minor)
    end as functional_minor
from earned
where now_minor <> before_minor;
