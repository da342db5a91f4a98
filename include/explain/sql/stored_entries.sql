-- one row per stored subledger entry of the files at hand, with what its booking says; a column that a file is too old to have is null
create or replace temp view stored_entry as
with booking as (
    select * from bookings_file
    union all by name
    select * from bookings_shape
),
entry as (
    select * from subledger_entries_file
    union all by name
    select * from subledger_entries_shape
)
select b.*, e.* exclude (batch_key, booking_id), coalesce(e.functional_minor, e.amount_minor) as own_minor,
    -- a realised difference has an amount in the entity's own currency alone
    case when e.amount_minor = 0 then e.functional_minor else e.amount_minor end > 0 as is_debit
from booking as b
join entry as e on e.batch_key = b.batch_key and e.booking_id = b.booking_id
