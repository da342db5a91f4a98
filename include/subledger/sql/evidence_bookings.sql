-- one row per event of the bucket that was booked or reversed, with the journal entry that carries it, for evidence
select getvariable('batch_key')::bigint as batch_key, booking_id, document_uid, event_type, occurrence, booking_no, reverses_no,
    legal_entity_code, currency, document_date, event_date, posting_date, period_name, held_reason, category, customer_ref, payload_hash,
    journal_entry_id
from numbered_booking
where bucket = getvariable('bucket')
-- always the same rows make the same bytes, so that a lost file can be made again
order by booking_id;
