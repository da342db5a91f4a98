-- one row per live line of a changed invoice that is recognised on a day or in an amount of its own, or takes another line back
-- include: changed.sql -- changes only
select
-- include: invoice_line_columns.sql
    l.recognition_date::date as recognition_date,
    l.recognition_amount_minor::bigint as recognition_amount_minor,
    l.credited_line_id::text as invoice_line_id,
    case when net.amount_minor is not null then least(greatest(net.amount_minor, -9e18), 9e18) end::bigint as credited_net_minor,
    o.service_start::date as credited_service_start,
    o.service_end::date as credited_service_end,
    o.recognition_date::date as credited_recognition_date,
    l.department::text as department,
    l.region::text as region
from billing.invoice_lines as l
join changed_invoices as c on c.id = l.invoice_id -- changes only
left join billing.products as p on p.id = l.product_id
left join billing.invoice_lines as o on o.id = l.credited_line_id
cross join lateral (
    select coalesce(o.recognition_amount_minor, o.amount_minor::numeric - o.discount_minor - case when o.tax_inclusive then o.tax_minor else 0 end) as amount_minor
) as net
where l.deleted_at is null
    and (l.recognition_date is not null or l.recognition_amount_minor is not null or l.credited_line_id is not null)
