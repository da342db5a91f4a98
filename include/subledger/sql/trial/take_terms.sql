-- the terms of the bucket's lines: as the nights left them that no run has read yet, else as the runs have them; and by the other rules
insert into term by name
with unread as (
    select document_uid, max(batch_no) as batch_no from new_schedule group by document_uid
)
select false as is_other, getvariable('bucket')::tinyint as bucket, n.* exclude (batch_no)
from new_schedule as n
join unread as u on u.document_uid = n.document_uid and u.batch_no = n.batch_no
semi join chosen_document as c on c.document_uid = n.document_uid
where n.line_no is not null
union all by name
select false as is_other, getvariable('bucket')::tinyint as bucket, s.* exclude (group_no, recognised_minor, recognised_functional_minor, run_no), g.* exclude (group_no)
from state_line as s
join schedule_group as g on g.group_no = s.group_no
semi join chosen_document as c on c.document_uid = s.document_uid
anti join unread as u on u.document_uid = s.document_uid
union all by name
select true as is_other, getvariable('bucket')::tinyint as bucket, o.*
from other_schedule_file as o
semi join chosen_document as c on c.document_uid = o.document_uid
where o.line_no is not null;
