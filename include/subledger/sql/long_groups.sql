-- one row per part of an entry that has more lines than the ERP takes, and more than one document to split by
select entry_no, part_no, count(*) as line_count
from summary_line
group by entry_no, part_no
having count(*) > getvariable('line_limit') and min(first_document) <> max(last_document);
