-- one row per event booked or reversed by this batch
select document_uid::varchar as document_uid, event_type, occurrence::varchar as occurrence, booking_no, reverses_no,
    journal_entry_id::varchar as journal_entry_id, event_date, posting_date, payload_hash
from numbered_entry
group by all
order by document_uid;
