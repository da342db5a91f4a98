-- one row per booking and reversal of the asked documents that was on file before the batch at hand
select * from booked
