-- one row per leg and side: what all buckets together put there
create or replace temp view leg_sum as
select l.*, l.side * r.amount_minor > 0 as is_debit, sum(l.side * r.amount_minor)::bigint as amount_minor,
    sum(r.line_count)::bigint as line_count, min(r.first_date) as first_date, max(r.last_date) as last_date
from recognition_leg as l
join recognised_sum as r on r.group_no = l.group_no and r.as_of = l.as_of
group by all;
