-- one row per chosen document of the bucket: the batch that landed it last
create or replace temp table dated_newest as
select n.document_uid, n.batch_no
from newest as n
semi join dated as d on d.document_uid = n.document_uid
