-- what one earlier run recognised on the changed lines: as long as it stands, and apart what was given up
insert into prior_amount
select r.document_uid, r.event_type, r.line_no, r.group_no, r.as_of, r.amount_minor, false, r.functional_minor
from recognised_file as r
semi join changed_document as c on c.document_uid = r.document_uid
anti join (
    select l.group_no, l.as_of from leg_file as l semi join undone_entry as u on u.journal_entry_id = l.journal_entry_id
) as u on u.group_no = r.group_no and u.as_of = r.as_of;
