-- what debits and credits of an account took from each other in their entries
insert into tieout.netted_amount (entry_id, account_code, amount_minor, functional_minor)
select n.entry_id, n.account_code, n.amount_minor, n.functional_minor
from new_netted as n
