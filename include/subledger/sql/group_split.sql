-- one row per group still too long: twice as many parts, unless each of its long parts is one document
update group_part as g
set part_count = g.part_count * 2
from (
    select distinct legal_entity_code, posting_date, period_name, currency, category, held_reason
    from (
        select legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no
        from summary_line
        group by all
        having count(*) > getvariable('line_limit') and min(first_document) <> max(last_document)
    )
) as s
where s.legal_entity_code = g.legal_entity_code and s.posting_date = g.posting_date and s.period_name = g.period_name
    and s.currency = g.currency and s.category = g.category and s.held_reason is not distinct from g.held_reason;
