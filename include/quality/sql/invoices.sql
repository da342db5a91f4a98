-- one row per invoice that is more than a draft, with what its lines and taxes add up to; an amount that is missing is
-- counted as such and differs from nothing
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    coalesce(l.line_count, 0) as line_count,
    coalesce(l.lines_without_product, 0) as lines_without_product,
    coalesce(l.lines_without_days, 0) as lines_without_days,
    coalesce(l.lines_ending_before_start, 0) as lines_ending_before_start,
    coalesce(l.line_recognised, 0) as line_recognised,
    coalesce(l.line_net, 0) as line_net,
    (d.total_minor is null)::bigint as missing_totals,
    coalesce(l.line_total, 0) as line_total,
    coalesce(d.total_minor, l.line_total, 0) as total_minor,
    coalesce(l.line_amount, 0) as line_amount,
    coalesce(d.subtotal_minor, l.line_amount, 0) as subtotal_minor,
    coalesce(l.line_discount, 0) as line_discount,
    coalesce(d.discount_minor, l.line_discount, 0) as discount_minor,
    (d.tax_minor is null)::bigint as missing_taxes,
    coalesce(l.line_tax, 0) as line_tax,
    coalesce(d.tax_minor, l.line_tax, 0) as tax_minor,
    coalesce(t.wrong_tax_lines, 0) as wrong_tax_lines
from document as d
left join line_fact as l on l.document_uid = d.document_uid
left join tax_fact as t on t.document_uid = d.document_uid
where d.document_type = 'invoice'
