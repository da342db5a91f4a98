-- one row per part of an entry that has more lines than the ERP takes, and more than one document to split by
select legal_entity_code, posting_date, category, part_no, count(*) as line_count
from summary_line
group by legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no
having count(*) > getvariable('line_limit') and min(first_document) <> max(last_document)
