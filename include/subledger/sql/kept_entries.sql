-- the subledger entries of the portion again, to be summed in another number of parts
create or replace temp table subledger_entry as
select e.*, b.bucket, b.group_no
from kept_entry as e
join booking as b on b.booking_id = e.booking_id;
