-- what the bucket recognises, by group, day and side
insert into recognised_sum
select group_no, as_of, amount_minor > 0, sum(amount_minor)::bigint, count(*), min(begins_date), max(begins_date)
from recognised_amount
group by all;
