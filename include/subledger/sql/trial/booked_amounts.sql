-- what the other rules are asked about: what was recognised in these periods and stands, moved or not; in the entity's own currency
create or replace temp table trial_amount as
select a.document_uid, a.bucket, a.group_no, a.as_of, sum(coalesce(a.functional_minor, a.amount_minor))::bigint as amount_minor
from recorded_amount as a
semi join recorded_way as w on w.run_id = a.run_id and w.group_no = a.group_no and w.as_of = a.as_of
group by all;
