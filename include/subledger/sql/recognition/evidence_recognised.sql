-- one row per line of the bucket and day up to which it is recognised anew. Group and day lead to its legs
select document_uid, event_type, line_no, group_no, as_of, amount_minor, getvariable('run_id')::uuid as run_id, functional_minor
from recognised_amount;
