-- one row per stage and source or legal entity: its last try, and the time of all of them
select distinct on (stage, subject) stage, subject, min(started_at) over w as started_at, outcome, error,
    count(*) over w as try_count, max(row_count) over w as row_count,
    coalesce(sum(extract(epoch from ended_at - started_at) * 1000) over w, 0)::bigint as milliseconds
from stage_timing
where read_instant = %(read_instant)s and kind = 'night'
window w as (partition by stage, subject)
order by stage, subject, stage_timing.started_at desc, id
