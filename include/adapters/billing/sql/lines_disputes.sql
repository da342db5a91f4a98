-- one row per live movement of a changed dispute: money withdrawn or given back, on its day; and, of a lost one, per
-- invoice line that its payment settled: what was settled of its net and tax, and how the line is earned; of a sister entity's invoice also
-- who billed it
-- Behind a dispute in a foreign currency each has the day of its invoice, at whose rate it was booked.
-- What an application settled is allotted to the lines of its invoice by their gross, cumulatively, to the minor unit.
-- include: changed.sql
, settled as (
    select
        w.*,
        row_number() over (partition by w.dispute_id order by w.allocated_date, w.allocation_id, w.line_no) as settled_line_no,
        case when w.gross_minor = 0 then 0 else sign(w.tax_minor * w.settled_minor) * div(2 * abs(w.tax_minor * w.settled_minor) + abs(w.gross_minor), 2 * abs(w.gross_minor)) * sign(w.gross_minor) end as settled_tax_minor
    from (
        select
            x.*,
            share.upto_minor - lag(share.upto_minor, 1, 0::numeric) over (partition by x.allocation_id order by x.line_no) as settled_minor
        from (
            select
                d.id as dispute_id,
                a.id as allocation_id,
                a.allocated_date,
                a.amount_minor::numeric as applied_minor,
                case when i.currency <> e.base_currency then i.issue_date end as invoice_date,
                case when i.legal_entity_id <> y.legal_entity_id then e.code end as invoice_entity_code,
                l.id as line_id,
                l.line_no,
                p.sku,
                p.product_line,
                p.revenue_treatment,
                p.recognition_method,
                l.service_start,
                l.service_end,
                l.recognition_date,
                coalesce(l.recognition_amount_minor, net.amount_minor) as recognition_amount_minor,
                l.department,
                l.region,
                l.tax_minor::numeric as tax_minor,
                (net.amount_minor + l.tax_minor)::numeric as gross_minor,
                sum(net.amount_minor + l.tax_minor) over (partition by a.id order by l.line_no) as upto_minor,
                sum(net.amount_minor + l.tax_minor) over (partition by a.id) as whole_minor
            from changed_disputes as c
            join billing.disputes as d on d.id = c.id and d.status = 'lost'
            join billing.payments as y on y.id = d.payment_id
            join billing.payment_allocations as a on a.payment_id = d.payment_id and a.deleted_at is null and a.reversed_date is null
            join billing.invoices as i
                on i.id = a.invoice_id and i.voided_at is null and i.currency = y.currency
            join billing.legal_entities as e on e.id = i.legal_entity_id
            join billing.invoice_lines as l on l.invoice_id = i.id and l.deleted_at is null
            left join billing.products as p on p.id = l.product_id
            cross join lateral (
                select l.amount_minor::numeric - l.discount_minor - case when l.tax_inclusive then l.tax_minor else 0 end as amount_minor
            ) as net
        ) as x
        cross join lateral (
            select
                case
                    when x.whole_minor = 0 then 0
                    else sign(x.applied_minor * x.upto_minor * x.whole_minor) * div(2 * abs(x.applied_minor * x.upto_minor) + abs(x.whole_minor), 2 * abs(x.whole_minor))
                end as upto_minor
        ) as share
    ) as w
)
-- include: credits.sql
select
    'dispute'::text as document_type,
    m.dispute_id::text as native_id,
    m.id::text as line_id,
    (row_number() over (partition by m.dispute_id order by m.movement_date, m.id))::int as line_no,
    null::text as product_sku,
    null::text as product_line,
    null::text as revenue_treatment,
    null::text as recognition_method,
    -- money in another currency than the dispute's is no movement of it
    case when m.currency = d.currency then m.movement_kind else m.movement_kind || ' in ' || m.currency end::text as line_kind,
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
    m.movement_date::date as effective_date,
    null::text as department,
    null::text as region,
    null::text as invoice_entity_code
from changed_disputes as c
join billing.dispute_movements as m on m.dispute_id = c.id
cross join lateral (select x.currency from billing.disputes as x where x.id = c.id limit 1) as d
where m.deleted_at is null
union all
select
    'dispute',
    s.dispute_id::text,
    s.allocation_id::text || '/' || s.line_id::text,
    s.settled_line_no::int,
    s.sku::text,
    s.product_line::text,
    s.revenue_treatment::text,
    s.recognition_method::text,
    'settled',
    case when s.settled_minor - s.settled_tax_minor is not null then least(greatest(s.settled_minor - s.settled_tax_minor, -9e18), 9e18) end::bigint,
    0::bigint,
    case when s.settled_tax_minor is not null then least(greatest(s.settled_tax_minor, -9e18), 9e18) end::bigint,
    false,
    s.service_start::date,
    s.service_end::date,
    s.recognition_date::date,
    case when s.recognition_amount_minor is not null then least(greatest(s.recognition_amount_minor, -9e18), 9e18) end::bigint,
    s.line_id::text,
    null,
    s.invoice_date::date,
    s.department::text,
    s.region::text,
    s.invoice_entity_code::text
from settled as s
union all
-- what credit memos took of the lines
select
    'dispute', s.dispute_id::text, s.allocation_id::text || '/' || s.line_id::text || '/' || c.id::text, s.settled_line_no::int, null, null, null, null,
    'credited', c.amount_minor::bigint, 0::bigint, 0::bigint, false, null::date, null::date, null::date, null::bigint, null, c.revenue_effect::text,
    c.effective_date::date, null, null, null
from settled as s
join credit as c on c.invoice_line_id = s.line_id
