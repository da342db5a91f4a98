-- one row per live line of a changed credit memo
-- What it corrects decides product and dimensions; its own product only where it corrects no line.
-- include: changed.sql -- changes only
select
    'credit_memo'::text as document_type,
    l.credit_note_id::text as native_id,
    l.id::text as line_id,
    l.line_no::int as line_no,
    p.sku::text as product_sku,
    p.product_line::text as product_line,
    p.revenue_treatment::text as revenue_treatment,
    p.recognition_method::text as recognition_method,
    'credit'::text as line_kind,
    l.amount_minor::bigint as amount_minor,
    0::bigint as discount_minor,
    l.tax_minor::bigint as tax_minor,
    false as is_tax_inclusive,
    null::date as service_start,
    null::date as service_end,
    null::date as recognition_date,
    null::bigint as recognition_amount_minor,
    l.invoice_line_id::text as invoice_line_id,
    case when net.amount_minor is not null then least(greatest(net.amount_minor, -9e18), 9e18) end::bigint as credited_net_minor,
    i.service_start::date as credited_service_start,
    i.service_end::date as credited_service_end,
    i.recognition_date::date as credited_recognition_date,
    l.revenue_effect::text as revenue_effect,
    l.effective_date::date as effective_date,
    i.department::text as department,
    i.region::text as region
from billing.credit_note_lines as l
join changed_credit_memos as c on c.id = l.credit_note_id -- changes only
left join billing.invoice_lines as i on i.id = l.invoice_line_id
cross join lateral (
    select coalesce(i.recognition_amount_minor, i.amount_minor::numeric - i.discount_minor - case when i.tax_inclusive then i.tax_minor else 0 end) as amount_minor
) as net
left join billing.products as p on p.id = coalesce(i.product_id, l.product_id)
where l.deleted_at is null
