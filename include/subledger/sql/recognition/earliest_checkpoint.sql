-- one row: the earliest day up to which anything is recognised; null where there is none
select min(as_of) as as_of from checkpoint;
