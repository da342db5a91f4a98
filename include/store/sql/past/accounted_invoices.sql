-- one row per asked document that the register knew before the batch at hand: whether it stood in the books
select k.document_uid,
    k.accounted_hash is not null and not exists (
        select from withdrawn as w where w.document_uid = k.document_uid and w.event_type in (1, 10, 20, 30, 40, 50, 60)) as is_accounted
from known as k
where accounted_hash is not null or state <> 4
