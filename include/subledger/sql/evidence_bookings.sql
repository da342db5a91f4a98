-- one row per event of the bucket that was booked or reversed, with the journal entry that carries it, for evidence
select getvariable('batch_key')::bigint as batch_key, b.booking_id, b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no,
    g.legal_entity_code, g.currency, b.document_date, b.event_date, g.posting_date, g.period_name, g.held_reason, g.category, b.customer_ref,
    b.payload_hash, g.journal_entry_id
from booking as b
join shown_group as g on g.group_no = b.group_no and g.part_no = part_of(b.document_uid, g.part_count)
where b.bucket = getvariable('bucket');
