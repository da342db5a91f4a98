-- the batch that an approved reversal became, once
update tieout.entry_reversal as r
set batch_no = b.batch_no
from new_reversal as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch) and r.reversal_no = n.reversal_no and r.answer = 'approved' and r.batch_no is null
returning r.sha256
