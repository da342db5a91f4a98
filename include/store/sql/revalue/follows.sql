-- what takes a revaluation back is sent once that one stands in the ERP
update tieout.journal_entry as e
set follows = n.follows
from new_follow as n
where e.id = n.id
