-- one row per batch whose stored subledger entries are to be reversed
select distinct reverses_batch_no from event_delta where reverses_batch_no is not null;
