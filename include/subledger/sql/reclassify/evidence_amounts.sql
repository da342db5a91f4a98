-- one row per line of the bucket and move: what it takes away or puts. Run, group and day lead to its legs
select document_uid, event_type, line_no, group_no, as_of, amount_minor, run_id, functional_minor
from moved_line
where bucket = getvariable('bucket')
order by document_uid, event_type, line_no, as_of, amount_minor;
