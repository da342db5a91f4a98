-- one row per journal entry to be, before it has an id
select legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no, any_value(part_count) as part_count
from summary_line
group by legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no
order by legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no;
