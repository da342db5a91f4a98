-- one row per cause of what is late and nobody has settled, the oldest due date first
select d.legal_entity_code, d.group_code, d.rule, min(d.severity) as severity, min(d.owner) as owner, count(*) as exception_count,
    sum(d.at_risk_minor)::text as at_risk_minor, d.at_risk_currency, min(d.due_on) as due_on
from exception_desk as d
where d.is_standing and d.state <> 'waived' and d.escalated_at is not null
group by d.legal_entity_code, d.group_code, d.rule, d.at_risk_currency
order by min(d.due_on), d.legal_entity_code, d.group_code
