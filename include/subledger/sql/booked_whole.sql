-- whether every event to book or to reverse came to a booking, and every booking to entries that balance
with net as (
    select booking_id, sum(amount_minor) as net_minor, coalesce(sum(functional_minor), 0) as functional_minor
    from subledger_entry
    group by booking_id
),
counted as (
    select count(*) as booking_count, count(*) filter (where net_minor <> 0 or functional_minor <> 0) as unbalanced_count from net
)
select unbalanced_count = 0 and booking_count = (select count(*) from event_delta) as is_whole
from counted;
