-- one row per document of the portion of which a stored booking is asked for that stands in a file that cannot be read: which files
select n.document_uid, string_agg(distinct u.fact, '; ' order by u.fact) as detail
from (
    select document_uid, reverses_batch_no as batch_no from event_delta where reverses_no is not null
    union
    select document_uid, batch_no from kept_booking
) as n
join decision as d on d.document_uid = n.document_uid
join unreadable_file as u on u.batch_no = n.batch_no and u.bucket = d.bucket
group by n.document_uid
