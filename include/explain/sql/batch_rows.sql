-- one row per row of the files at hand, with the number of the batch that stored it
create or replace temp view batch_row as
select s.* exclude (filename), b.batch_no
from stored_file as s
join file_batch as b on b.path = s.filename
