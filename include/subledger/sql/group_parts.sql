-- one row per journal entry group: into how many parts its documents are split so that no part exceeds the ERP's line limit
create or replace table group_part as
select legal_entity_code, posting_date, period_name, currency, category, held_reason, 1 as part_count
from subledger_entry
group by all;
