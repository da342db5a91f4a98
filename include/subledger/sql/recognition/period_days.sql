-- one row per legal entity and day up to which something may have to be recognised: the ends of its periods that have ended,
-- were recognised before, or are asked for; and the days on which schedules were ended by a void
create or replace temp table delta_day as
select p.legal_entity_code, p.end_date as base_date
from period as p
join legal_entity as e on e.code = p.legal_entity_code
left join recognised_through as t on t.legal_entity_code = p.legal_entity_code
where p.end_date < e.today or p.end_date <= t.through_date or (p.period_name in (select period_name from asked_period) and p.start_date <= e.today)
union
select v.legal_entity_code, v.ended_date
from ended_day as v
join legal_entity as e on e.code = v.legal_entity_code
where v.ended_date <= e.today;
