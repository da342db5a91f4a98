-- ... and those that bill a service which ended between these days: in arrears, its revenue may belong there
insert into dated
select distinct s.document_uid
from batch_row as s
semi join newest as n on n.document_uid = s.document_uid and n.batch_no = s.batch_no
where s.document_type = 'invoice' and s.service_end between getvariable('first_day') and getvariable('last_day')
