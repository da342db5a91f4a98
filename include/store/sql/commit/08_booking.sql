-- one row per event booked or reversed
insert into tieout.event_booking (document_uid, event_type, occurrence, booking_no, reverses_no, batch_no, journal_entry_id,
    event_date, posting_date, payload_hash)
select n.document_uid::uuid, n.event_type, n.occurrence::uuid, n.booking_no, n.reverses_no, b.batch_no, n.journal_entry_id::uuid,
    n.event_date, n.posting_date, n.payload_hash
from new_booking as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
order by n.document_uid::uuid
