-- one row per line, day and way of booking other than today's: what stands there, and on which day it was posted
create or replace temp table moved_amount as
select a.document_uid, a.bucket, a.event_type, a.line_no, a.group_no, a.as_of, w.way, w.posting_date, w.legal_entity_code, w.currency,
    sum(a.amount_minor)::bigint as amount_minor, sum(a.functional_minor)::bigint as functional_minor
from recorded_amount as a
join recorded_way as w on w.run_id = a.run_id and w.group_no = a.group_no and w.as_of = a.as_of
join ruled_way as r on r.group_no = a.group_no and r.as_of = a.as_of
where w.way <> r.way
group by all
having sum(a.amount_minor) <> 0 or sum(a.functional_minor) <> 0;

-- one row per journal entry in which some of it stands
create or replace temp table moved_entry as
select distinct l.journal_entry_id
from recorded_leg as l
join recorded_way as w on w.run_id = l.run_id and w.group_no = l.group_no and w.as_of = l.as_of
join recorded_amount as a on a.run_id = l.run_id and a.group_no = l.group_no and a.as_of = l.as_of
semi join moved_amount as m
    on m.document_uid = a.document_uid and m.event_type = a.event_type and m.line_no = a.line_no and m.group_no = a.group_no
    and m.as_of = a.as_of and m.way = w.way and m.posting_date = w.posting_date;

-- one row per day that something wants to be posted on
create or replace temp table delta_day as
select distinct legal_entity_code, posting_date as base_date from moved_amount;
