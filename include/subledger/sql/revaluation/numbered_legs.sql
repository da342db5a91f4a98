-- one row per new leg with its journal entry
create table numbered_leg as
select l.*, i.entry_id
from placed_leg as l
join entry_id as i
    on i.legal_entity_code = l.legal_entity_code and i.posting_date = l.posting_date and i.period_name = l.period_name
    and i.currency = l.currency and i.category = l.category and i.held_reason is not distinct from l.held_reason
    and i.revalued_period = l.revalued_period and i.half = l.half;
