-- one row per booking that stays as it is, of an event of a foreign document that has schedules: its stored entries say what
-- the lines put into deferred revenue. And of an invoice of which tonight books what was delivered before it: what that is worth
truncate kept_booking;
insert into kept_booking
select b.document_uid, b.event_type, b.occurrence, b.booking_no, b.batch_no
from foreign_event as f
semi join (
    select document_uid, event_type from schedule_row
    union all
    select d.document_uid, i.code
    from event_delta as d
    join event_type as t on t.code = d.event_type and t.name = 'service.delivered'
    join event_type as i on i.name = 'invoice.issued'
    where d.reverses_no is null
) as s on s.document_uid = f.document_uid and s.event_type = f.event_type
join wanted_event as w on w.document_uid = f.document_uid and w.event_type = f.event_type and w.occurrence = f.occurrence
join booking_row as b
    on b.document_uid = w.document_uid and b.event_type = w.event_type and b.occurrence = w.occurrence
    and b.payload_hash = w.payload_hash and b.reverses_no is null and not b.is_superseded
anti join event_delta as e
    on e.document_uid = b.document_uid and e.event_type = b.event_type and e.occurrence = b.occurrence
    and (e.reverses_no is null or e.reverses_no = b.booking_no)
where not exists (
    from booking_row as r
    where r.document_uid = b.document_uid and r.event_type = b.event_type and r.occurrence = b.occurrence
        and r.reverses_no = b.booking_no and not r.is_superseded);
