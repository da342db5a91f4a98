-- one row per credit memo that is more than a draft, with what its lines, taxes and applications add up to; an amount
-- that is missing is counted as such and differs from nothing
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    coalesce(l.line_count, 0) as line_count,
    coalesce(l.lines_without_product, 0) as lines_without_product,
    case when e.default_revenue_effect is null then coalesce(l.lines_without_effect, 0) else 0 end as lines_without_effect,
    coalesce(l.lines_of_unknown_effect, 0) as lines_of_unknown_effect,
    (coalesce(d.kind, '') = 'chargeback' and d.dispute_id is null)::bigint as missing_disputes,
    coalesce(d.parent_currency <> d.currency, false)::bigint as foreign_invoices,
    d.currency,
    d.parent_currency,
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
    coalesce(t.wrong_tax_lines, 0) as wrong_tax_lines,
    greatest(coalesce(d.total_minor, 0), 0) as covered_minor,
    coalesce(a.applied_minor, 0) as applied_minor
from document as d
left join line_fact as l on l.document_uid = d.document_uid
left join tax_fact as t on t.document_uid = d.document_uid
left join application_fact as a on a.document_uid = d.document_uid
left join legal_entity as e on e.code = d.legal_entity_code
where d.document_type = 'credit_memo'
