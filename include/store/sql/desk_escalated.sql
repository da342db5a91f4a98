-- one row per exception that is late today for the first time: nobody settled or waived it in its days
with today as (
    select legal_entity_code, (%(at)s::timestamptz at time zone zone)::date as day
    from jsonb_to_recordset(%(zones)s::jsonb) as z (legal_entity_code text, zone text)
),
escalated as (
    update exception as x
    set escalated_at = clock_timestamp()
    from today as t
    where t.legal_entity_code = x.legal_entity_code and x.state = 'open' and x.escalated_at is null and x.due_on < t.day
        and x.word is distinct from 'waived'
    returning x.group_code, x.rule, x.category, x.legal_entity_code, x.detail, x.due_on, x.suggested_fix, x.desk_severity, x.desk_owner,
        coalesce(x.risk_minor, x.amount_minor) as minor, case when x.risk_minor is null then x.currency else x.risk_currency end as currency
)
select group_code, min(rule) as rule, min(category) as category, min(legal_entity_code) as legal_entity_code, min(detail) as detail,
    (array_agg(desk_severity order by array_position(array['critical', 'high', 'medium', 'low'], desk_severity)))[1] as severity,
    min(desk_owner) as owner, currency, sum(minor) as at_risk_minor, count(*) as exception_count, min(due_on) as due_on,
    min(suggested_fix) as suggested_fix
from escalated
group by group_code, currency
order by min(due_on), group_code, currency
