-- one row per document of the bucket that billing still has: the batch that landed it last
create or replace temp table newest as
select document_uid, max(batch_no) as batch_no
from seen
group by document_uid
having not arg_max(is_deleted, batch_no)
