-- one row per part of an entry that has more lines than the ERP takes, and more than one document to split by
select legal_entity_code, posting_date, category, part_no, count(*) as line_count
from summary_line
group by all
having count(*) > getvariable('line_limit') and max(document_count) > 1;
