-- one row per source with recognised lines of the legal entity: the day up to which they are, and whether a night waits to be read
select r.source_code, r.through_date, r.through_date >= %(end)s::date
    and not exists (
        select from batch as b
        join source_stream as s on s.source_code = b.source_code
        where b.source_code = r.source_code and b.kind in ('night', 'reclassify', 'reverse_entry') and b.batch_no > coalesce(s.schedules_through_batch_no, 0)
            and b.manifest @> '[{"dataset": "schedules"}]') as is_through
from recognised_through as r
where r.legal_entity_code = %(entity)s
order by 1
