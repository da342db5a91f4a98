-- one row: how many documents billing counts for a legal entity in a night, how many of them have an outcome with us, the cells in which
-- some have none, and what keeps it from being said
with run as (
    select id, source_code
    from tie_out_run
    where read_instant = %(read_instant)s and source_code = any(%(sources)s) and superseded_at is null
),
checked as (
    select r.source_code, t.*
    from run as r
    join tie_out as t on t.run_id = r.id
    where t.hop in (1, 2)
),
cell as (
    select * from checked where subject_type = 'document_type' and legal_entity_code = %(entity)s
),
-- the totals that billing keeps itself, of all open periods, beside the register: it has a document only with its outcome
kept as (
    select source_code, subject, concat_ws(' ', subject, currency, period_name) as name, left_count as counted,
        least(left_count, right_count) as decided
    from cell
    where check_name = 'kept_totals' and left_count is not null
),
undecided as (
    select source_code, batch_no, subject, currency, greatest(sum(left_count - right_count), 0) as lacking
    from cell
    where check_name = 'documents_decided'
    group by source_code, batch_no, subject, currency
),
-- document types of which it keeps none: what it counted in the snapshot of the reading, what landed of it and was decided
seen as (
    select concat_ws(' ', c.subject, c.currency) as name, c.left_count as counted,
        greatest(least(c.left_count, c.right_count) - coalesce(u.lacking, 0), 0) as decided
    from cell as c
    left join undecided as u on u.source_code = c.source_code and u.batch_no = c.batch_no and u.subject = c.subject and u.currency = c.currency
    where c.check_name = 'window_counts' and c.left_count is not null
        and not exists (select from kept as k where k.source_code = c.source_code and k.subject = c.subject)
),
counted as (
    select name, counted, decided from kept
    union all
    select name, counted, decided from seen
),
unknown as (
    select 'source ' || s.code || ' was not tied out' as fact
    from unnest(%(sources)s::text[]) as s (code)
    where s.code not in (select source_code from run)
    union all
    select distinct source_code || ': ' || explanation
    from checked
    where subject_type <> 'document_type' and subject = '*' and status in ('different', 'pending')
)
select coalesce(sum(counted), 0)::bigint as denominator, coalesce(sum(decided), 0)::bigint as numerator,
    array(select name || ': ' || (counted - decided) from counted where counted > decided order by counted - decided desc, name limit %(named)s) as lacking,
    array(select fact from unknown order by fact) as unknown
from counted
