-- ... and those with an application that was made or undone between these days
insert into dated
select s.document_uid
from batch_row as s
semi join newest as n on n.document_uid = s.document_uid and n.batch_no = s.batch_no
where list_bool_or([
    day between getvariable('first_day') and getvariable('last_day')
    for day in [s.applied_date, s.reversed_date, s.invoice_voided_date]])
