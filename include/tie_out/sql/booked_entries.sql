-- one row per stored subledger entry with what its booking says: of which legal entity and period, in which journal entry.
-- An entry whose booking is lost stands alone, so that it shows. What was recognised of a line stands on the legs of its
-- group and day; open items revalued have amounts in the entity's own currency alone
create or replace temp view booked_entry as
select b.document_uid, b.journal_entry_id, coalesce(b.legal_entity_code, 'UNASSIGNED') as legal_entity_code,
    coalesce(b.currency, 'unknown') as currency, coalesce(b.category, 'unknown') as category, b.period_name, s.account_code, s.role, b.posting_date,
    s.amount_minor, s.functional_minor
from subledger_entries as s
left join bookings as b on b.batch_key = s.batch_key and b.booking_id = s.booking_id
union all
select r.document_uid, l.journal_entry_id::uuid, coalesce(l.legal_entity_code, 'UNASSIGNED'), coalesce(l.currency, 'unknown'),
    coalesce(l.category, 'unknown'), l.period_name, coalesce(l.account_code, 'unknown'), l.role, l.posting_date,
    coalesce(l.side, 1) * r.amount_minor, coalesce(l.side, 1) * r.functional_minor
from recognised_amounts as r
left join recognition_legs as l on l.run_id = r.run_id and l.group_no = r.group_no and l.as_of = r.as_of
union all
select item_uid, journal_entry_id, legal_entity_code, currency, category, period_name, account_code, role, posting_date, 0, functional_minor
from revalued_items;
