-- one row per entry still too long: twice as many parts, unless each of its long parts is one document; its lines are summed anew.
-- Where each document has lines of its own, at once as many parts as they need
update entry_group
set part_count = part_count * case when tells_documents then l.needed else 2 end, sum_round = getvariable('sum_round')
from (
    select entry_no, max(1 << length(bin((line_count - 1) // getvariable('line_limit'))))::integer as needed
    from (
        select entry_no, part_no, count(*) as line_count
        from summary_line
        group by entry_no, part_no
        having count(*) > getvariable('line_limit') and min(first_document) <> max(last_document)
    )
    group by entry_no
) as l
where l.entry_no = entry_group.entry_no;
delete from line_sum where entry_no in (select entry_no from entry_group where sum_round = getvariable('sum_round'));
