-- one row per stored subledger entry with what its booking says: of which legal entity and period, in which journal entry.
-- An entry whose booking is lost stands alone, so that it shows
create or replace temp view booked_entry as
select b.document_uid, b.journal_entry_id, coalesce(b.legal_entity_code, 'UNASSIGNED') as legal_entity_code,
    coalesce(b.currency, 'unknown') as currency, coalesce(b.category, 'unknown') as category, b.period_name, s.account_code, s.amount_minor,
    s.functional_minor
from subledger_entries as s
left join bookings as b on b.batch_key = s.batch_key and b.booking_id = s.booking_id;
