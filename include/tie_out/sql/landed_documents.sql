-- every landed row of a document, with the batch that landed it; evidence of an earlier version lacks what billing says is open
create or replace temp view landed_documents as
select s.* exclude (filename), f.batch_no
from (
    select * from stored_file
    union all by name
    select null::bigint as open_minor where false
) as s
join file_batch as f on f.path = s.filename
