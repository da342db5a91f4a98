-- one row per event that a journal entry booked and that still stands: neither given up nor reversed
select b.document_uid, b.event_type, b.occurrence
from tieout.event_booking as b
where b.batch_no = current_setting('tieout.batch_no')::bigint and b.journal_entry_id = current_setting('tieout.entry_id')::uuid
    and b.reverses_no is null and not b.is_superseded
    and not exists (
        select from tieout.event_booking as r
        where r.document_uid = b.document_uid and r.event_type = b.event_type and r.occurrence = b.occurrence
            and r.reverses_no = b.booking_no and not r.is_superseded)
