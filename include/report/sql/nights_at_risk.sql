-- one row per night since an instant and currency: the money of what was quarantined or held
select b.read_instant, o.currency, sum(o.total_minor) as total_minor
from batch as b
join batch_outcome as o on o.batch_no = b.batch_no
where b.read_instant between %(since)s and %(read_instant)s and o.outcome in ('quarantined', 'held')
group by b.read_instant, o.currency
order by b.read_instant, o.currency
