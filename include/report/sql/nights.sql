-- one row per night up to this one, the newest `nights` of them, oldest first
with night as (
    select read_instant from batch where read_instant <= %(read_instant)s
    union
    select read_instant from stage_timing where read_instant <= %(read_instant)s and kind = 'night'
    union
    select %(read_instant)s
    order by read_instant desc
    limit %(nights)s
),
documents as (
    select b.read_instant, sum(o.document_count)::bigint as document_count,
        coalesce(sum(o.document_count) filter (where o.outcome in ('quarantined', 'held')), 0)::bigint as broken_count
    from night as n
    join batch as b on b.read_instant = n.read_instant
    join batch_outcome as o on o.batch_no = b.batch_no
    group by b.read_instant
),
entries as (
    select b.read_instant, count(*) filter (where e.state <> 'superseded') as entry_count,
        count(*) filter (where e.state not in ('verified', 'superseded', 'reversed')
            and (e.state <> 'held' or e.held_reason = 'failed_preflight')) as short_count
    from night as n
    join batch as b on b.read_instant = n.read_instant
    join journal_entry as e on e.batch_no = b.batch_no
    group by b.read_instant
),
-- stages beside each other count once
spans as (
    select t.read_instant, range_agg(tstzrange(t.started_at, t.ended_at, '[]')) as worked
    from night as n
    join stage_timing as t on t.read_instant = n.read_instant and t.kind = 'night' and t.ended_at is not null
    group by t.read_instant
),
work as (
    select s.read_instant, sum(extract(epoch from upper(span) - lower(span)) * 1000)::bigint as milliseconds
    from spans as s, unnest(s.worked) as span
    group by s.read_instant
)
select n.read_instant, coalesce(d.document_count, 0) as document_count, coalesce(d.broken_count, 0) as broken_count,
    coalesce(e.entry_count, 0) as entry_count, coalesce(e.short_count, 0) as short_count, coalesce(w.milliseconds, 0) as milliseconds
from night as n
left join documents as d on d.read_instant = n.read_instant
left join entries as e on e.read_instant = n.read_instant
left join work as w on w.read_instant = n.read_instant
order by n.read_instant
