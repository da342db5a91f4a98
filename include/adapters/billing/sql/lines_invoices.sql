-- one row per live line of a changed invoice
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
    l.recognition_date::date as recognition_date,
    l.recognition_amount_minor::bigint as recognition_amount_minor,
    l.credited_line_id::text as invoice_line_id,
    o.net_minor as credited_net_minor,
    o.service_start as credited_service_start,
    o.service_end as credited_service_end,
    o.recognition_date as credited_recognition_date,
    l.department::text as department,
    l.region::text as region
from billing.invoice_lines as l
join changed_invoices as c on c.id = l.invoice_id -- changes only
left join billing.products as p on p.id = l.product_id
-- few lines take another one back: the others are not joined with anything
left join lateral (
    select
        (c.amount_minor - c.discount_minor - case when c.tax_inclusive then c.tax_minor else 0 end)::bigint as net_minor,
        c.service_start::date as service_start, c.service_end::date as service_end, c.recognition_date::date as recognition_date
    from billing.invoice_lines as c
    where c.id = l.credited_line_id
    offset 0
) as o on l.credited_line_id is not null
where l.deleted_at is null
