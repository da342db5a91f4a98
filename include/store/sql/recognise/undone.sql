-- entries given up that this run has taken off what is recognised
insert into tieout.recognition_undone (journal_entry_id, batch_no)
select n.journal_entry_id::uuid, b.batch_no
from new_undone as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
