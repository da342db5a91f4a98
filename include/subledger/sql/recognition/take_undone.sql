-- the amounts of one earlier run whose entries were given up before they were posted, and do not count any more
insert into prior_amount
select r.document_uid, r.event_type, r.line_no, r.group_no, r.as_of, r.amount_minor, true, r.functional_minor
from recognised_file as r
semi join (
    select l.group_no, l.as_of from leg_file as l semi join newly_undone as u on u.journal_entry_id = l.journal_entry_id
) as u on u.group_no = r.group_no and u.as_of = r.as_of;
