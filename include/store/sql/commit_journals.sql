insert into tieout.journal_entry (id, batch_no, erp_code, legal_entity_code, period_name, posting_date, currency, exponent, category,
    part_no, part_count, reference, content_sha256, description, document_count, total_debit_minor, state, held_reason)
select n.id::uuid, b.batch_no, n.erp_code, n.legal_entity_code, n.period_name, n.posting_date, n.currency, n.exponent, n.category,
    n.part_no, n.part_count, n.reference, n.content_sha256, n.description, n.document_count, n.total_debit_minor, n.state, n.held_reason
from new_entry as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch);

insert into tieout.journal_line (entry_id, line_no, account_code, amount_minor, department, region, product_line, party_key,
    document_count, line_text)
select n.entry_id::uuid, n.line_no, n.account_code, n.amount_minor, n.department, n.region, n.product_line, n.party_key,
    n.document_count, n.line_text
from new_line as n;

insert into tieout.posting_transition (id, journal_entry_id, actor, attempt_no, to_state, detail)
select md5(n.id || '|' || n.state)::uuid, n.id::uuid, 'account', 0, n.state, n.held_reason
from new_entry as n;

insert into tieout.event_booking (document_uid, event_type, occurrence, booking_no, reverses_no, batch_no, journal_entry_id,
    event_date, posting_date, payload_hash)
select n.document_uid::uuid, n.event_type, n.occurrence::uuid, n.booking_no, n.reverses_no, b.batch_no, n.journal_entry_id::uuid,
    n.event_date, n.posting_date, n.payload_hash
from new_booking as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
order by n.document_uid::uuid;
