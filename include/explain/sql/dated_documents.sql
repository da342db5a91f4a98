-- the documents of the bucket to whom something happened between the first and the last day
insert into dated
select s.document_uid
from batch_row as s
semi join newest as n on n.document_uid = s.document_uid and n.batch_no = s.batch_no
where list_bool_or([
    day between getvariable('first_day') and getvariable('last_day')
    for day in [s.document_date, s.voided_date, s.written_off_date, s.failed_date, s.reversed_date, s.succeeded_date, s.arrival_date]])
