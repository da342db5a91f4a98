-- the source's next run continues this one
update tieout.source_stream as s
set revalued_batch_no = b.batch_no
from tieout.batch as b
join new_batch as n on n.id::uuid = b.id
where s.source_code = b.source_code
