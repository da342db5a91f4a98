-- the lines of the bucket as the last runs left them: of each document, what the newest run that had it wrote
create or replace temp view state_line as
with changed as (
    select document_uid, max(run_no) as run_no from state_file where run_no > getvariable('full_run') group by document_uid
)
select s.*
from state_file as s
left join changed as c on c.document_uid = s.document_uid
where s.run_no = coalesce(c.run_no, getvariable('full_run'));
