-- one row per asked document that the register knows, but for one that was deleted before it was accounted: whether it stands in the books;
-- what a person took out of them does not
select r.document_uid, r.accounted_hash is not null and not exists (
        select from tieout.withdrawn_event as w
        where w.document_uid = r.document_uid and w.event_type in (1, 10, 20, 30, 40, 50, 60) and w.lifted_at is null) as is_accounted
from asked as a
join tieout.document_register as r on r.document_uid = a.document_uid
where r.accounted_hash is not null or r.state <> 4
