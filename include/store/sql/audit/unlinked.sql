-- rows that no link names: nothing that the database wrote by its own rules is among them
select l.id as log_id, l.subject_type || ' ' || l.subject_id as subject, l.action, l.at, l.db_role, l.actor, l.person,
    (select max(c.seq) from audit_chain as c where c.log_id < l.id) as after_seq
from audit_log as l
where not exists (select from audit_chain as c where c.log_id = l.id)
order by l.id
limit %(limit)s
