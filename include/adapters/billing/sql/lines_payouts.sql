-- one row per live item of a changed payout: what it is made of, numbered in the order of their ids
-- include: changed.sql
select
    'payout'::text as document_type,
    m.payout_id::text as native_id,
    m.id::text as line_id,
    (row_number() over (partition by m.payout_id order by m.id))::int as line_no,
    null::text as product_sku,
    null::text as product_line,
    null::text as revenue_treatment,
    null::text as recognition_method,
    m.item_kind::text as line_kind,
    m.amount_minor::bigint as amount_minor,
    0::bigint as discount_minor,
    0::bigint as tax_minor,
    false as is_tax_inclusive,
    null::date as service_start,
    null::date as service_end,
    null::date as recognition_date,
    null::bigint as recognition_amount_minor,
    null::text as invoice_line_id,
    null::text as revenue_effect,
    null::date as effective_date,
    null::text as department,
    null::text as region,
    m.source_id::text as item_document_id
from changed_payouts as c
join billing.payout_items as m on m.payout_id = c.id
where m.deleted_at is null
