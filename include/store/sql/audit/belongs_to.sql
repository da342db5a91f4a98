-- the link that a row's content was sealed by, where that is another one
select c.seq, c.subject
from audit_log as l
join audit_chain as c on c.row_sha256 = sha256(convert_to(audit_content(l), 'UTF8')) and c.log_id <> l.id
where l.id = %(log_id)s
order by c.seq
limit 1
