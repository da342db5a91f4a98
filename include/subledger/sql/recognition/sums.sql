-- what the bucket recognises, by group, day and side
insert into recognised_sum
select group_no, as_of, case when amount_minor = 0 then functional_minor else amount_minor end > 0, sum(amount_minor)::bigint, count(*), min(begins_date), max(begins_date),
    sum(functional_minor)::bigint
from recognised_amount
group by all;
