-- one row per booking and reversal of the asked documents that was on file before the batch at hand
select b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no, b.batch_no, b.event_date, b.posting_date, b.is_superseded, b.payload_hash,
    w.document_uid is not null as is_withdrawn
from booked as b
left join withdrawn as w on w.document_uid = b.document_uid and w.event_type = b.event_type and w.occurrence = b.occurrence
