-- ... and those of which revenue was recognised up to one of these days
insert into dated
select distinct s.document_uid
from stored_file as s
semi join newest as n on n.document_uid = s.document_uid
where s.as_of between getvariable('first_day') and getvariable('last_day')
