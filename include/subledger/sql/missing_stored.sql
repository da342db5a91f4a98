-- one row per booking to reverse whose stored entries are not in evidence
select e.document_uid::varchar as document_uid, t.name as event, e.reverses_batch_no
from event_delta as e
join event_type as t on t.code = e.event_type
where e.reverses_no is not null
    and not exists (
        from stored_entry as s
        where s.document_uid = e.document_uid and s.event_type = e.event_type and s.occurrence = e.occurrence
            and s.booking_no = e.reverses_no)
limit 20;
