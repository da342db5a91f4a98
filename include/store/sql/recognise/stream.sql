-- the source's next run continues this one, and reads the schedules of later nights
update tieout.source_stream as s
set recognised_batch_no = b.batch_no, schedules_through_batch_no = greatest(s.schedules_through_batch_no, n.accounted_no)
from tieout.batch as b
join new_batch as n on n.id::uuid = b.id
where s.source_code = b.source_code
