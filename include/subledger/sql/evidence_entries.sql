-- one row per subledger entry of the bucket, with the journal entry that carries it, for evidence
select document_uid::varchar as document_uid, document_type, native_id, event_type, occurrence::varchar as occurrence, booking_no,
    reverses_no, line_no, legal_entity_code, currency, document_date, event_date, posting_date, period_name, held_reason, category,
    account_code, party_key, role, department, region, product_line, customer_ref, open_item_key, amount_minor, rule_id,
    payload_hash, journal_entry_id::varchar as journal_entry_id
from numbered_entry
where bucket = getvariable('bucket')
order by document_uid, event_type, occurrence, booking_no, line_no;
