-- one row per booking and reversal on file of the asked documents
select b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no, b.batch_no,
    b.event_date, b.posting_date, b.is_superseded, b.payload_hash, w.document_uid is not null as is_withdrawn
from asked as a
join tieout.event_booking as b on b.document_uid = a.document_uid
left join tieout.withdrawn_event as w
    on w.document_uid = b.document_uid and w.event_type = b.event_type and w.occurrence = b.occurrence and w.lifted_at is null
