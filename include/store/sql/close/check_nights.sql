-- one row per source: the read instant of its newest committed night, and whether it is past the end of the period in the entity's zone
select s.source_code, s.read_instant,
    coalesce(s.read_instant >= ((%(end)s::date + 1)::timestamp at time zone %(zone)s), false) as is_past
from (select unnest(%(sources)s::text[]) as source_code) as w
join source_stream as s using (source_code)
union all
select w.source_code, null, false
from (select unnest(%(sources)s::text[]) as source_code) as w
where not exists (select from source_stream as s where s.source_code = w.source_code)
order by 1
