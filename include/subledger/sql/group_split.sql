-- one row per group still too long: twice as many parts, unless each of its long parts is one document; its lines are summed anew
update posting_group
set part_count = part_count * 2, sum_round = getvariable('sum_round')
where group_no in (
    select group_no
    from summary_line
    group by group_no, part_no
    having count(*) > getvariable('line_limit') and min(first_document) <> max(last_document)
);
delete from line_sum where group_no in (select group_no from posting_group where sum_round = getvariable('sum_round'));
