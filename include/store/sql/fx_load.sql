-- a new version of each rate that differs from the newest one on file
insert into fx_rate (source, base, quote, purpose, rate_date, version, rate, origin, loaded_by)
select n.source, n.base, n.quote, n.purpose, n.rate_date, coalesce(o.version, 0) + 1, n.rate, %(origin)s, %(loaded_by)s
from unnest(%(sources)s::text[], %(bases)s::text[], %(quotes)s::text[], %(purposes)s::text[], %(dates)s::date[], %(rates)s::numeric[])
    as n (source, base, quote, purpose, rate_date, rate)
left join lateral (
    select r.version, r.rate
    from fx_rate as r
    where r.source = n.source and r.base = n.base and r.quote = n.quote and r.purpose = n.purpose and r.rate_date = n.rate_date
    order by r.version desc
    limit 1
) as o on true
where n.rate is distinct from o.rate
returning version
