-- one row per batch whose stored subledger entries are asked for: to be reversed, or to say what a foreign line is worth
select distinct batch_no as reverses_batch_no
from (
    select reverses_batch_no as batch_no from event_delta where reverses_batch_no is not null
    union all
    select batch_no from kept_booking
);
