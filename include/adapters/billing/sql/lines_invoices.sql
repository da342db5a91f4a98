-- one row per live line of a changed invoice that says nothing of a day or an amount of recognition and takes no line back: most of
-- them, read without the columns that are null on all of them; the others are in lines_invoices_special.sql
-- include: changed.sql -- changes only
select
    'invoice'::text as document_type,
    l.invoice_id::text as native_id,
    l.id::text as line_id,
    l.line_no::int as line_no,
    p.sku::text as product_sku,
    p.product_line::text as product_line,
    p.revenue_treatment::text as revenue_treatment,
    p.recognition_method::text as recognition_method,
    l.line_kind::text as line_kind,
    l.amount_minor::bigint as amount_minor,
    l.discount_minor::bigint as discount_minor,
    l.tax_minor::bigint as tax_minor,
    l.tax_inclusive::boolean as is_tax_inclusive,
    l.service_start::date as service_start,
    l.service_end::date as service_end,
    l.department::text as department,
    l.region::text as region
from billing.invoice_lines as l
join changed_invoices as c on c.id = l.invoice_id -- changes only
left join billing.products as p on p.id = l.product_id
where l.deleted_at is null
    and l.recognition_date is null and l.recognition_amount_minor is null and l.credited_line_id is null
