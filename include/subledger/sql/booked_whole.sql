-- how many events are to be booked or reversed, how many bookings came to entries, and how many of these do not balance
with net as (
    select booking_id, sum(amount_minor) as net_minor, coalesce(sum(functional_minor), 0) as functional_minor
    from subledger_entry
    group by booking_id
)
select (select count(*) from event_delta) as event_count, count(*) as booked_count,
    count(*) filter (where net_minor <> 0 or functional_minor <> 0) as unbalanced_count
from net;
