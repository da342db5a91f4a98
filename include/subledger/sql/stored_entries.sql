-- one row per stored subledger entry of a booking that is to be reversed
create or replace temp table stored_entry as
select s.* replace (s.document_uid::uuid as document_uid, s.occurrence::uuid as occurrence)
from stored_file as s
where exists (
    from event_delta as e
    where e.reverses_no is not null and e.document_uid = s.document_uid::uuid and e.event_type = s.event_type
        and e.occurrence = s.occurrence::uuid and e.reverses_no = s.booking_no);
