-- the last link of the chain
select c.seq, c.hash, l.at
from audit_chain as c
left join audit_log as l on l.id = c.log_id
order by c.seq desc
limit 1
