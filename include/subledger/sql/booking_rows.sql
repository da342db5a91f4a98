-- one row per event booked or reversed by this batch
select document_uid, event_type, occurrence, booking_no, reverses_no, getvariable('batch_no')::bigint as batch_no, journal_entry_id, event_date, posting_date, payload_hash
from numbered_booking
order by document_uid;
