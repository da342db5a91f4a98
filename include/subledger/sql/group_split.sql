-- one row per group still too long: twice as many parts, unless each document already stands alone
update group_part as g
set part_count = g.part_count * 2
from (
    select legal_entity_code, posting_date, period_name, currency, category, held_reason,
        max(line_count) as line_count, max(document_count) as document_count
    from (
        select legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no, count(*) as line_count,
            max(document_count) as document_count
        from summary_line
        group by all
    )
    group by all
) as s
where s.legal_entity_code = g.legal_entity_code and s.posting_date = g.posting_date and s.period_name = g.period_name
    and s.currency = g.currency and s.category = g.category and s.held_reason is not distinct from g.held_reason
    and s.line_count > getvariable('line_limit') and s.document_count > 1;
