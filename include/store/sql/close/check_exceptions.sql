-- one row per cause: what stands of the legal entity, or of none, and nobody has waived; the gravest first
select d.group_code, d.rule, d.category, min(d.owner) as owner, min(d.severity) as severity, count(*) as exception_count,
    sum(d.at_risk_minor)::text as at_risk_minor, min(d.at_risk_currency) as currency, count(distinct d.at_risk_currency) as currency_count,
    min(d.detail) as detail, min(d.suggested_fix) as suggested_fix
from exception_desk as d
where d.is_standing and d.state <> 'waived' and d.legal_entity_code in (%(entity)s, 'UNASSIGNED')
group by d.group_code, d.rule, d.category
order by min(array_position(array['critical', 'high', 'medium', 'low'], d.severity)), sum(d.at_risk_minor) desc, d.group_code
