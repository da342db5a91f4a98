-- one row per subledger entry with the journal entry that carries it
create or replace view numbered_entry as
select s.*, i.entry_id as journal_entry_id
from subledger_entry as s
join group_part as g
    on g.legal_entity_code = s.legal_entity_code and g.posting_date = s.posting_date and g.period_name = s.period_name
    and g.currency = s.currency and g.category = s.category and g.held_reason is not distinct from s.held_reason
join entry_id as i
    on i.legal_entity_code = s.legal_entity_code and i.posting_date = s.posting_date and i.period_name = s.period_name
    and i.currency = s.currency and i.category = s.category and i.held_reason is not distinct from s.held_reason
    and i.part_no = part_of(s.document_uid, g.part_count);
