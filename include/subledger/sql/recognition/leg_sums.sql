-- one row per leg and side: what all buckets together put there, in both currencies
create or replace temp view leg_sum as
select l.*, (l.side > 0) = r.is_positive as is_debit, sum(l.side * r.amount_minor)::bigint as amount_minor,
    sum(l.side * coalesce(r.functional_minor, r.amount_minor))::bigint as functional_minor,
    bool_or(r.functional_minor is not null) as is_foreign,
    sum(r.line_count)::bigint as line_count, min(r.first_date) as first_date, max(r.last_date) as last_date
from recognition_leg as l
join recognised_sum as r on r.group_no = l.group_no and r.as_of = l.as_of
group by all;
