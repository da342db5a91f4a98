-- one row per open exception of a legal entity, or of none: the most severe first, then the most money at risk
select severity, category, owner, case when risk_minor is null then currency else risk_currency end as currency,
    coalesce(risk_minor, amount_minor)::text as at_risk_minor, subject_type || ' ' || subject_id as subject, message, suggested_fix,
    opened_at
from exception
where state = 'open' and legal_entity_code in (%(entity)s, 'UNASSIGNED')
order by array_position(array['critical', 'high', 'medium', 'low'], severity), coalesce(risk_minor, amount_minor) desc, cause
