-- one row: documents of a legal entity that a night saw first, and those of the nights of some days before, each with how many came within
-- their days. By the day on which billing was read, where the books are kept. The first batch of a source is its history, and in neither
with night as (
    select batch_no, read_instant = %(read_instant)s as is_tonight, (read_instant at time zone %(time_zone)s)::date as seen_on
    from (select *, row_number() over (partition by source_code order by batch_no) as number from batch where kind = 'night') as b
    where number > 1 and (
        read_instant = %(read_instant)s
        or (read_instant at time zone %(time_zone)s)::date between %(mean_first)s and %(mean_last)s)
),
arrival as (
    select n.is_tonight, n.seen_on - a.document_date <= %(days)s as is_in_time, a.document_count
    from night as n
    join document_arrival as a on a.legal_entity_code = %(entity)s and a.batch_no = n.batch_no
)
select coalesce(sum(document_count) filter (where is_tonight and is_in_time), 0)::bigint as numerator,
    coalesce(sum(document_count) filter (where is_tonight), 0)::bigint as denominator,
    coalesce(sum(document_count) filter (where not is_tonight and is_in_time), 0)::bigint as mean_numerator,
    coalesce(sum(document_count) filter (where not is_tonight), 0)::bigint as mean_denominator
from arrival
