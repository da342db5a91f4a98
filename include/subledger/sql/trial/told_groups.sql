-- each kind of line and day of which something is recognised, as it is or by the other rules
insert into recognised_sum
select distinct group_no, as_of, true, 0::bigint, 0::bigint, as_of, as_of, null::bigint from trial_amount where amount_minor <> 0;
