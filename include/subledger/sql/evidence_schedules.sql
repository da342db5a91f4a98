-- one row per schedule row of the bucket, for evidence
select * exclude (bucket)
from schedule_row
where bucket = getvariable('bucket')
order by document_uid, line_no;
