-- one row per booking of the batch on what legal entities owe each other, with the journal entry that carries it
select b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no, d.document_type::varchar as document_type, d.native_id,
    b.legal_entity_code::varchar as legal_entity_code, l.sister_code, b.currency::varchar as currency, l.amount_minor, b.journal_entry_id
from intercompany_leg as l
join numbered_booking as b on b.booking_id = l.booking_id
join decision as d on d.document_uid = b.document_uid;
