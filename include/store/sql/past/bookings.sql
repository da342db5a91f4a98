-- one row per booking and reversal of the asked documents that was on file before the batch at hand
select document_uid, event_type, occurrence, booking_no, reverses_no, batch_no, event_date, posting_date, is_superseded, payload_hash
from booked
