-- one row per stored subledger entry of a booking that is to be reversed, or of a foreign one that is kept, with what its booking says
create or replace temp table stored_entry as
select b.document_uid, b.event_type, b.occurrence, b.booking_no, b.legal_entity_code, b.currency, b.document_date, b.customer_ref,
    s.line_no, s.account_code, s.party_key, s.role, s.department, s.region, s.product_line, s.amount_minor, s.rule_id,
    s.functional_minor, s.fx_rate, s.fx_rate_date, s.item_uid
from stored_bookings as b
semi join (
    select document_uid, event_type, occurrence, reverses_no from event_delta where reverses_no is not null
    union all
    select document_uid, event_type, occurrence, booking_no from kept_booking
) as e
    on e.document_uid = b.document_uid and e.event_type = b.event_type and e.occurrence = b.occurrence and e.reverses_no = b.booking_no
join stored_subledger_entries as s on s.batch_key = b.batch_key and s.booking_id = b.booking_id;
