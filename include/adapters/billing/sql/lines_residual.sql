-- one row per balance that is left of a changed invoice after full credit: its own, or that of a credit memo
-- include: changed.sql
-- include: residuals.sql
select
    'invoice'::text as document_type,
    r.invoice_id::text as native_id,
    r.line_id,
    -- not after the lines: it must not move them
    (-row_number() over (partition by r.invoice_id order by r.line_id))::int as line_no,
    'residual'::text as line_kind,
    r.amount_minor,
    0::bigint as discount_minor,
    0::bigint as tax_minor,
    false as is_tax_inclusive,
    case r.item_type when 'credit_memo' then r.item_id::text end as invoice_line_id,
    r.last_date as effective_date
from residual as r
