-- one row per exception; what is late stands first
select d.*, d.escalated_at is not null and d.is_standing and d.state <> 'waived' as is_escalated
from exception_desk as d
where (%(entity)s::text is null or d.legal_entity_code = %(entity)s) and (%(category)s::text is null or d.category = %(category)s)
    and (%(group)s::text is null or d.group_code = %(group)s)
    and case when %(states)s::text[] is null then d.is_standing and d.state <> 'waived' else d.state = any(%(states)s) end
order by is_escalated desc, array_position(array['critical', 'high', 'medium', 'low'], d.severity), d.due_on nulls last, d.at_risk_minor desc, d.cause
