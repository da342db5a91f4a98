-- one row per cause and currency: exceptions of one name, legal entity and finding; what is late stands first
select bool_or(d.escalated_at is not null and d.is_standing and d.state <> 'waived') as is_escalated, d.group_code, d.rule, d.category,
    (array_agg(d.severity order by array_position(array['critical', 'high', 'medium', 'low'], d.severity)))[1] as severity,
    string_agg(distinct d.owner, ', ' order by d.owner) as owner, d.legal_entity_code, d.state, d.at_risk_currency,
    sum(d.at_risk_minor) as at_risk_minor, count(*) as exception_count, min(d.opened_at) as opened_at, min(d.due_on) as due_on,
    string_agg(distinct d.period_name || ' ' || d.period_stage, ', ') as period, min(d.detail) as detail, min(d.suggested_fix) as suggested_fix
from exception_desk as d
where (%(entity)s::text is null or d.legal_entity_code = %(entity)s) and (%(category)s::text is null or d.category = %(category)s)
    and (%(group)s::text is null or d.group_code = %(group)s)
    and case when %(states)s::text[] is null then d.is_standing and d.state <> 'waived' else d.state = any(%(states)s) end
group by d.group_code, d.rule, d.category, d.legal_entity_code, d.state, d.at_risk_currency
order by 1 desc, array_position(array['critical', 'high', 'medium', 'low'],
    (array_agg(d.severity order by array_position(array['critical', 'high', 'medium', 'low'], d.severity)))[1]),
    min(d.due_on) nulls last, sum(d.at_risk_minor) desc, d.group_code, d.state, d.at_risk_currency
