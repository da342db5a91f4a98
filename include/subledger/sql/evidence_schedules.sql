-- one row per schedule row of the bucket, for evidence
select * exclude (bucket)
from schedule_row
where bucket = getvariable('bucket')
-- always the same rows make the same bytes, so that a lost file can be made again
order by document_uid, line_no, event_type;
