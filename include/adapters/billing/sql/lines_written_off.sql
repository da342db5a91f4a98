-- what the loss of a changed invoice that is written off is made of: one row per line of it, with what credit memos left of its
-- net and tax and how it is earned; and one row per amount that settled the receivable, or was taken back, on its day. A credit
-- memo that writes off stands for the write-off itself: it has settled its part before it, whenever it came.
-- include: changed.sql
, lost_invoices as materialized (
    select i.id, (i.written_off_at at time zone coalesce(e.time_zone, 'UTC'))::date as written_off_date
    from billing.invoices as i
    join changed_invoices as c on c.id = i.id -- changes only
    left join billing.legal_entities as e on e.id = i.legal_entity_id
    where i.written_off_at is not null and i.voided_at is null and i.deleted_at is null
),
reduced_invoices as (
    select id from lost_invoices
)
-- include: implied.sql
, movement as (
    select a.invoice_id, a.id, a.amount_minor::numeric + a.adjustment_minor as amount_minor, a.allocated_date,
        least(
            a.reversed_date, (p.reversed_at at time zone coalesce(pe.time_zone, 'UTC'))::date,
            (n.voided_at at time zone coalesce(ne.time_zone, 'UTC'))::date) as ended_date
    from lost_invoices as i
    join billing.payment_allocations as a on a.invoice_id = i.id and a.deleted_at is null
    left join billing.payments as p on p.id = a.payment_id
    left join billing.legal_entities as pe on pe.id = p.legal_entity_id
    left join billing.credit_notes as n on n.id = a.credit_note_id
    left join billing.legal_entities as ne on ne.id = n.legal_entity_id
    where (p.id is not null and p.deleted_at is null and p.status in ('succeeded', 'reversed'))
        or (n.id is not null and n.deleted_at is null and n.status in ('issued', 'void') and n.kind not in ('write_off', 'chargeback'))
    union all
    select m.invoice_id, m.id, m.amount_minor, m.issue_date, (n.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date
    from implied as m
    join billing.credit_notes as n on n.id = m.id
    left join billing.legal_entities as e on e.id = n.legal_entity_id
    where m.amount_minor > 0
    union all
    select n.invoice_id, n.id, n.total_minor, least(n.issue_date, i.written_off_date), null
    from lost_invoices as i
    join billing.credit_notes as n on n.invoice_id = i.id
    where n.kind = 'write_off' and n.status = 'issued' and n.deleted_at is null
),
settled as (
    select invoice_id, id::text as line_id, amount_minor, allocated_date as settled_date from movement
    union all
    select invoice_id, id::text || '/ended', -amount_minor, greatest(allocated_date, ended_date) from movement where ended_date is not null
),
written_off as (
    select
        l.id,
        l.invoice_id,
        l.line_no,
        l.service_start,
        l.service_end,
        l.recognition_date,
        l.recognition_amount_minor,
        l.department,
        l.region,
        l.tax_minor,
        p.sku,
        p.product_line,
        p.revenue_treatment,
        p.recognition_method,
        l.amount_minor::numeric - l.discount_minor - case when l.tax_inclusive then l.tax_minor else 0 end as net_minor,
        credited.net_minor as credited_net_minor,
        credited.tax_minor as credited_tax_minor
    from lost_invoices as i
    join billing.invoice_lines as l on l.invoice_id = i.id and l.deleted_at is null
    left join billing.products as p on p.id = l.product_id
    cross join lateral (
        select
            coalesce(sum(m.amount_minor), 0) as net_minor,
            coalesce(sum(m.tax_minor), 0) as tax_minor
        from billing.credit_note_lines as m
        join billing.credit_notes as n on n.id = m.credit_note_id and n.status = 'issued' and n.deleted_at is null and n.kind <> 'chargeback'
        where m.invoice_line_id = l.id and m.deleted_at is null
    ) as credited
),
numbered as (
    select w.*,
        max(w.line_no) over (partition by w.invoice_id) + row_number() over (partition by w.invoice_id order by w.line_no, w.id) as lost_line_no
    from written_off as w
)
-- include: credits.sql
select
    'invoice'::text as document_type,
    w.invoice_id::text as native_id,
    w.id::text || '/written_off' as line_id,
    w.lost_line_no::int as line_no,
    w.sku::text as product_sku,
    w.product_line::text as product_line,
    w.revenue_treatment::text as revenue_treatment,
    w.recognition_method::text as recognition_method,
    'written_off'::text as line_kind,
    case when w.net_minor - w.credited_net_minor is not null then least(greatest(w.net_minor - w.credited_net_minor, -9e18), 9e18) end::bigint as amount_minor,
    0::bigint as discount_minor,
    case when w.tax_minor - w.credited_tax_minor is not null then least(greatest(w.tax_minor - w.credited_tax_minor, -9e18), 9e18) end::bigint as tax_minor,
    false as is_tax_inclusive,
    w.service_start::date as service_start,
    w.service_end::date as service_end,
    w.recognition_date::date as recognition_date,
    case when coalesce(w.recognition_amount_minor, w.net_minor) is not null then least(greatest(coalesce(w.recognition_amount_minor, w.net_minor), -9e18), 9e18) end::bigint as recognition_amount_minor,
    w.id::text as invoice_line_id,
    null::text as revenue_effect,
    null::date as effective_date,
    w.department::text as department,
    w.region::text as region
from numbered as w
union all
select
    'invoice', s.invoice_id::text, s.line_id,
    -- not after the lines: it must not move them
    (-row_number() over (partition by s.invoice_id order by s.settled_date, s.line_id))::int,
    null, null, null, null, 'settled', case when s.amount_minor is not null then least(greatest(s.amount_minor, -9e18), 9e18) end::bigint, 0::bigint, 0::bigint, false, null::date, null::date, null::date, null::bigint, null,
    null, s.settled_date::date, null, null
from settled as s
union all
-- what credit memos took of the lines
select
    'invoice', w.invoice_id::text, w.id::text || '/' || c.id::text, w.lost_line_no::int,
    null, null, null, null, 'credited', c.amount_minor::bigint, 0::bigint, 0::bigint, false, null::date, null::date, null::date, null::bigint, null,
    c.revenue_effect::text, c.effective_date::date, null, null
from numbered as w
join credit as c on c.invoice_line_id = w.id
