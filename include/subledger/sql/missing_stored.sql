-- one row per booking whose stored entries are asked for and not in evidence
select e.document_uid::varchar as document_uid, t.name as event, e.reverses_batch_no
from (
    select document_uid, event_type, occurrence, reverses_no, reverses_batch_no from event_delta where reverses_no is not null
    union all
    select document_uid, event_type, occurrence, booking_no, batch_no from kept_booking
) as e
join event_type as t on t.code = e.event_type
where not exists (
    from stored_entry as s
    where s.document_uid = e.document_uid and s.event_type = e.event_type and s.occurrence = e.occurrence
        and s.booking_no = e.reverses_no)
limit 20;
