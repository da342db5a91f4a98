-- the second person's word, once
update tieout.reclassification as r
set approved_by = n.approved_by, approved_at = now(), batch_no = b.batch_no
from new_approval as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch) and r.sha256 = n.sha256 and r.batch_no is null
returning r.sha256
