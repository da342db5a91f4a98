-- nobody gives these entries up while the batch is committed
select e.id
from new_moved as n
join tieout.journal_entry as e on e.id = n.journal_entry_id::uuid
order by e.id
for update of e
