-- what was recognised or moved on lines of chosen documents of one bucket
insert into recorded_amount
select r.document_uid, getvariable('bucket')::tinyint, r.event_type, r.line_no, r.group_no, r.as_of, r.amount_minor, r.run_id, r.functional_minor
from recognised_file as r
semi join chosen_document as c on c.document_uid = r.document_uid
where r.as_of between getvariable('first_day') and getvariable('last_day');
