-- what the posting rules must be asked about: each kind of line and day of which something is recognised
insert into recognised_sum
select distinct a.group_no, a.as_of, true, 0::bigint, 0::bigint, a.as_of, a.as_of, null::bigint
from recorded_amount as a
semi join recorded_way as w on w.run_id = a.run_id and w.group_no = a.group_no and w.as_of = a.as_of;
