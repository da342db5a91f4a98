-- one row per booking with the journal entry that carries it
create or replace view numbered_booking as
select b.*, i.entry_id as journal_entry_id, g.legal_entity_code, g.posting_date, g.period_name, g.currency, g.category, g.held_reason
from booking as b
join posting_group as g on g.group_no = b.group_no
join entry_id as i on i.group_no = b.group_no and i.part_no = part_of(b.document_uid, g.part_count);
