-- one row changed per standing exception whose severity, owner, period at risk or due date is not what the rules of the desk make of it
with rule as (
    select * from jsonb_to_recordset(%(rules)s::jsonb) as r (place int, categories text[], exceptions text[], legal_entities text[],
        sources text[], period text, at_least_minor jsonb, severity text, owner text)
),
responsible as (
    select * from jsonb_to_recordset(%(owners)s::jsonb) as o (legal_entity_code text, responsibility text, person text)
),
due as (
    select * from jsonb_to_recordset(%(due)s::jsonb) as d (legal_entity_code text, opened_on date, severity text, due_on date)
),
zone as (
    select * from jsonb_to_recordset(%(zones)s::jsonb) as z (legal_entity_code text, zone text)
),
-- open here and in the ERP, or closed softly; one that ended by then is being closed
period as (
    select distinct on (p.legal_entity_code, p.period_name) p.legal_entity_code, p.period_name, p.start_date, p.end_date,
        case when p.end_date < (%(at)s::timestamptz at time zone z.zone)::date then 'closing' else 'open' end as stage,
        (%(at)s::timestamptz at time zone z.zone)::date as today
    from erp_period as p
    join zone as z on z.legal_entity_code = p.legal_entity_code
    left join accounting_period as o on o.legal_entity_code = p.legal_entity_code and o.period_name = p.period_name
    where (p.state = 'open' and coalesce(o.state, 'open') = 'open' or o.state = 'soft_closed')
    order by p.legal_entity_code, p.period_name, p.synced_at desc
),
-- where the exception names none: the one that is being closed, if one ended within a month, else the current one
usual as (
    select distinct on (legal_entity_code) legal_entity_code, period_name, stage
    from period
    where start_date <= today and end_date >= today - 31
    order by legal_entity_code, stage = 'closing' desc, end_date desc
),
standing as (
    select x.id, x.rule, x.category, x.severity, x.owner, x.source_code, x.legal_entity_code, coalesce(x.risk_minor, x.amount_minor) as minor,
        case when x.risk_minor is null then x.currency else x.risk_currency end as currency,
        coalesce(p.period_name, u.period_name) as period_name, coalesce(p.stage, u.stage) as stage,
        (x.opened_at at time zone coalesce(z.zone, 'UTC'))::date as opened_on
    from exception as x
    left join zone as z on z.legal_entity_code = x.legal_entity_code
    left join journal_entry as e on x.subject_type = 'journal_entry' and e.id = x.subject_uid
    left join period as p on p.legal_entity_code = x.legal_entity_code
        and p.period_name = case when x.subject_type = 'tie_out' then split_part(x.cause, '|', -2) else e.period_name end
    left join usual as u on u.legal_entity_code = x.legal_entity_code
    where x.state = 'open'
),
sorted as (
    select s.id, coalesce(f.severity, s.severity) as severity, coalesce(o.person, s.owner) as owner, s.period_name, s.stage, d.due_on
    from standing as s
    -- of each the first rule that says so
    cross join lateral (
        select (array_agg(r.severity order by r.place) filter (where r.severity is not null))[1] as severity,
            (array_agg(r.owner order by r.place) filter (where r.owner is not null))[1] as responsibility
        from rule as r
        where (r.categories = '{}' or s.category = any(r.categories))
            and (r.exceptions = '{}' or s.rule = any(r.exceptions))
            and (r.legal_entities = '{}' or s.legal_entity_code = any(r.legal_entities))
            and (r.sources = '{}' or s.source_code = any(r.sources))
            and (r.period is null or s.stage = r.period)
            and (r.at_least_minor = '{}' or s.minor >= (r.at_least_minor ->> s.currency)::numeric)) as f
    left join responsible as o on o.legal_entity_code = s.legal_entity_code and o.responsibility = f.responsibility
    left join due as d on d.legal_entity_code = s.legal_entity_code and d.opened_on = s.opened_on
        and d.severity = coalesce(f.severity, s.severity)
)
update exception as x
set desk_severity = s.severity, desk_owner = s.owner, period_name = s.period_name, period_stage = s.stage, due_on = s.due_on
from sorted as s
where x.id = s.id and x.state = 'open'
    and (x.desk_severity, x.desk_owner, x.period_name, x.period_stage, x.due_on)
        is distinct from (s.severity, s.owner, s.period_name, s.stage, s.due_on)
