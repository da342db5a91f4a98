-- the events of the portion of which more would go to the rounding account than half a minor unit for each of their entries: the
-- conversion of one amount misses no more than that, so it is no rounding
select b.document_uid::varchar as document_uid, t.name as event, d.functional_minor, c.entry_count
from foreign_difference as d
join (select booking_id, count(*) as entry_count from foreign_share group by booking_id) as c on c.booking_id = d.booking_id
join booking as b on b.booking_id = d.booking_id
join event_type as t on t.code = b.event_type
where d.role = 'rounding' and 2 * abs(d.functional_minor) > c.entry_count
order by b.document_uid, t.name
limit 1;
