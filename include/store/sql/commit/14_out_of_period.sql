-- what tonight's entries change in periods that are over, entry by entry
insert into tieout.out_of_period (entry_id, own_period, measure, document_count, amount_minor)
select n.entry_id::uuid, n.own_period, n.measure, n.document_count, n.amount_minor
from new_late as n
