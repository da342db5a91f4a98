-- the entries of recognition of which this batch moves amounts, as long as they stand
insert into tieout.reclassified_entry (journal_entry_id, batch_no)
select e.id, b.batch_no
from new_moved as n
join tieout.journal_entry as e on e.id = n.journal_entry_id::uuid and e.state <> 'superseded'
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
returning journal_entry_id
