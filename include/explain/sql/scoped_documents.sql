-- the documents of the bucket of which something is reversed
insert into dated
select n.document_uid
from newest as n
semi join scope_event as e on e.document_uid = n.document_uid
