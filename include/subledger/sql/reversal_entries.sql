-- one row per subledger entry that undoes a stored one: same account, party, dimensions and amount, other side
insert into subledger_entry
select
    s.document_uid, getvariable('bucket')::tinyint, s.document_type, s.native_id, s.event_type, s.occurrence, e.booking_no, e.reverses_no, s.line_no,
    s.legal_entity_code, s.currency, s.document_date, s.event_date, p.posting_date, p.period_name, p.held_reason, 'reversal',
    s.account_code, s.party_key, s.role, s.department, s.region, s.product_line, s.customer_ref, s.open_item_key,
    -s.amount_minor, s.rule_id, s.payload_hash
from event_delta as e
join stored_entry as s
    on s.document_uid = e.document_uid and s.event_type = e.event_type and s.occurrence = e.occurrence
    and s.booking_no = e.reverses_no
join posting_day as p on p.legal_entity_code = s.legal_entity_code and p.base_date = e.base_date
where e.reverses_no is not null;
