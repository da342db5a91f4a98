-- one row per legal entity and day that is looked at: the accounting period it lies in, or its month where the ERP has none
create or replace table looked_at_day as
select e.legal_entity_code, d.day::date as event_date, coalesce(p.period_name, strftime(d.day, '%Y-%m')) as period_name
from own_currency as e
cross join (select unnest(generate_series(getvariable('first_day')::date, getvariable('last_day')::date, interval 1 day)) as day) as d
left join period as p on p.legal_entity_code = e.legal_entity_code and d.day between p.start_date and p.end_date
