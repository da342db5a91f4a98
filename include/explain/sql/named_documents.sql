-- the documents of the bucket that were asked for by name
insert into dated
select n.document_uid
from newest as n
where list_contains(getvariable('wanted_uids')::uuid[], n.document_uid)
