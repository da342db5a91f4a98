-- one row per subledger entry of the bucket, with the journal entry that carries it, for evidence
select b.document_uid::varchar as document_uid, d.document_type, d.native_id, b.event_type, b.occurrence::varchar as occurrence, b.booking_no,
    b.reverses_no, s.line_no, b.legal_entity_code, b.currency, b.document_date, b.event_date, b.posting_date, b.period_name, b.held_reason,
    b.category, s.account_code, s.party_key, s.role, s.department, s.region, s.product_line, b.customer_ref,
    d.document_type || ':' || d.native_id as open_item_key, s.amount_minor, s.rule_id, b.payload_hash,
    b.journal_entry_id::varchar as journal_entry_id
from subledger_entry as s
join numbered_booking as b on b.booking_id = s.booking_id
join decision as d on d.document_uid = b.document_uid
where s.bucket = getvariable('bucket') and b.bucket = getvariable('bucket') and d.bucket = getvariable('bucket')
-- bookings are numbered in the order of document, event and occurrence
order by s.booking_id, s.line_no;
