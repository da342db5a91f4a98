-- one row per move and leg, with the journal entry that carries it
select l.line_group_no as group_no, l.as_of, l.legal_entity_code, l.currency, l.posting_date, l.period_name, l.held_reason, l.category,
    l.account_code, l.party_key, l.role, l.department, l.region, l.product_line, l.side, l.rule_id, i.entry_id::varchar as journal_entry_id,
    l.run_id
from recognition_leg as l
join entry_id as i
    on i.legal_entity_code = l.legal_entity_code and i.entry_day is not distinct from l.entry_day and i.period_name = l.period_name
    and i.currency = l.currency and i.category = l.category and i.held_reason is not distinct from l.held_reason and i.part_no = l.part_no
order by l.group_no, l.side desc, l.account_code;
