-- what the lines of foreign documents put into deferred revenue in the entity's own currency: as booked tonight, or as stored
update schedule_row as r
set functional_minor = w.functional_minor
from (
    select document_uid, event_type, line_no, -sum(functional_minor)::bigint as functional_minor
    from (
        select b.document_uid, b.event_type, s.line_no, s.functional_minor
        from subledger_entry as s
        join booking as b on b.booking_id = s.booking_id
        join entry_coding as c on c.coding_no = s.coding_no and c.role = 'deferred_revenue'
        where b.portion = getvariable('portion') and b.reverses_no is null and s.functional_minor is not null
        union all
        select s.document_uid, s.event_type, s.line_no, s.functional_minor
        from stored_entry as s
        semi join kept_booking as k
            on k.document_uid = s.document_uid and k.event_type = s.event_type and k.occurrence = s.occurrence and k.booking_no = s.booking_no
        where s.role = 'deferred_revenue'
    )
    group by all
) as w
where w.document_uid = r.document_uid and w.event_type = r.event_type and w.line_no = r.line_no;

-- what a termination releases is worth what the rest of its line is worth
update schedule_row as r
set functional_minor = case when r.line_no < 0 then w.rest_minor else r.functional_minor - w.rest_minor end
from (
    select p.document_uid, p.event_type, p.line_no,
        divide_half_up(x.rest_minor::hugeint * abs(p.functional_minor), abs(p.amount_minor + x.rest_minor))::bigint as rest_minor
    from released_rest as x
    join schedule_row as p on p.document_uid = x.document_uid and p.event_type = x.event_type and p.line_no = x.line_no
    where p.functional_minor is not null
) as w
where w.document_uid = r.document_uid and w.event_type = r.event_type and w.line_no = abs(r.line_no);

-- a line that was booked elsewhere, before a rule deferred it, has nothing there to be earned
update schedule_row as r
set line_no = null
from foreign_event as f
where f.document_uid = r.document_uid and f.event_type = r.event_type and r.functional_minor is null;
