-- What is left of changed invoices that credit memos took back wholly. A memo counts that is in force, names the invoice and has its
-- currency and legal entity; a chargeback does not: it takes no receivable. Full credit: the nets of the memos are that of the
-- invoice, but for half a minor unit per line of theirs. What they then differ by in total is rounding of tax, and nobody's. It is left
-- once all else is settled: of the receivable, or of a memo of which everything else was applied or refunded. Money of the customer
-- beside it, or a credit that could still be applied, is not.
, credited_invoices as materialized (
    select i.id, i.issue_date, i.total_minor, i.currency, i.legal_entity_id, i.total_minor - c.total_minor as residual_minor
    from (
        select n.invoice_id, n.currency, n.legal_entity_id, array_agg(n.id) as memo_ids, sum(n.total_minor) as total_minor,
            sum(n.total_minor::numeric - n.tax_minor) as net_minor
        from billing.credit_notes as n
        join changed_invoices as x on x.id = n.invoice_id -- changes only
        where n.status = 'issued' and n.kind <> 'chargeback' and n.deleted_at is null
        group by n.invoice_id, n.currency, n.legal_entity_id
    ) as c
    join billing.invoices as i on i.id = c.invoice_id and i.currency = c.currency and i.legal_entity_id = c.legal_entity_id
    where i.total_minor > 0
        and i.total_minor <> c.total_minor
        and i.status in ('issued', 'paid')
        and i.voided_at is null
        and i.written_off_at is null
        and i.deleted_at is null
        and (
            i.total_minor::numeric - i.tax_minor = c.net_minor
            or 2 * abs(i.total_minor::numeric - i.tax_minor - c.net_minor) <= (
                select count(*) from billing.credit_note_lines as l where l.credit_note_id = any(c.memo_ids) and l.deleted_at is null
            )
        )
),
reduced_invoices as (
    select id from credited_invoices
)
-- include: implied.sql
, crediting as (
    select n.id, n.invoice_id, n.kind, n.status = 'issued' as is_live, n.issue_date, n.total_minor,
        (n.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date as voided_date
    from credited_invoices as i
    join billing.credit_notes as n on n.invoice_id = i.id and n.currency = i.currency and n.legal_entity_id = i.legal_entity_id
    left join billing.legal_entities as e on e.id = n.legal_entity_id
    where n.status in ('issued', 'void') and n.kind <> 'chargeback' and n.deleted_at is null
),
allocation as (
    select a.id
    from credited_invoices as i
    join billing.payment_allocations as a on a.invoice_id = i.id
    union
    select a.id
    from crediting as n
    join billing.payment_allocations as a on a.credit_note_id = n.id
    where n.kind <> 'write_off'
),
allocated as (
    select a.invoice_id, a.credit_note_id, a.amount_minor::numeric + a.adjustment_minor as settled_minor,
        coalesce(a.payment_amount_minor, a.amount_minor) as used_minor, a.allocated_date,
        least(
            a.reversed_date, (p.reversed_at at time zone coalesce(pe.time_zone, 'UTC'))::date,
            (n.voided_at at time zone coalesce(ne.time_zone, 'UTC'))::date,
            (i.voided_at at time zone coalesce(ie.time_zone, 'UTC'))::date) as ended_date
    from allocation as f
    join billing.payment_allocations as a on a.id = f.id and a.deleted_at is null
    join billing.invoices as i on i.id = a.invoice_id
    left join billing.legal_entities as ie on ie.id = i.legal_entity_id
    left join billing.payments as p on p.id = a.payment_id
    left join billing.legal_entities as pe on pe.id = p.legal_entity_id
    left join billing.credit_notes as n on n.id = a.credit_note_id
    left join billing.legal_entities as ne on ne.id = n.legal_entity_id
    where (p.id is not null and p.deleted_at is null and p.status in ('succeeded', 'reversed'))
        or (n.id is not null and n.deleted_at is null and n.status in ('issued', 'void') and n.kind not in ('write_off', 'chargeback'))
),
-- everything that settles the receivable, and everything that uses a memo
used as (
    select 'invoice' as item_type, invoice_id as item_id, settled_minor as amount_minor, ended_date is null as is_live, allocated_date as used_date, ended_date
    from allocated
    union all
    select 'credit_memo', credit_note_id, used_minor, ended_date is null, allocated_date, ended_date
    from allocated
    where credit_note_id is not null
    union all
    select t.item_type, case t.item_type when 'invoice' then n.invoice_id else n.id end, m.amount_minor, n.is_live, n.issue_date, n.voided_date
    from implied as m
    join crediting as n on n.id = m.id
    cross join (values ('invoice'), ('credit_memo')) as t (item_type)
    where m.amount_minor > 0
    union all
    -- one that writes off settles the receivable itself
    select 'invoice', n.invoice_id, n.total_minor, n.is_live, n.issue_date, n.voided_date
    from crediting as n
    where n.kind = 'write_off'
    union all
    select 'credit_memo', n.id, r.amount_minor, r.status = 'succeeded',
        coalesce(r.refund_date, (r.succeeded_at at time zone coalesce(e.time_zone, 'UTC'))::date), r.failed_date
    from crediting as n
    join billing.refunds as r on r.credit_note_id = n.id and r.deleted_at is null
    join billing.payments as p on p.id = r.payment_id
    left join billing.legal_entities as e on e.id = p.legal_entity_id
    where r.status = 'succeeded' or (r.status = 'failed' and r.succeeded_at is not null)
),
item as (
    select 'invoice' as item_type, i.id as item_id, i.id as invoice_id, i.total_minor, 1 as side, true as is_live, i.issue_date as dated, null::date as ended_date
    from credited_invoices as i
    union all
    select 'credit_memo', n.id, n.invoice_id, n.total_minor, -1, n.is_live and n.kind <> 'write_off', n.issue_date, n.voided_date
    from crediting as n
),
left_over as (
    select t.item_type, t.item_id, t.invoice_id, t.total_minor,
        case when t.is_live then t.side * (t.total_minor - coalesce(sum(u.amount_minor) filter (where u.is_live), 0)) else 0 end as amount_minor,
        greatest(max(t.dated), max(t.ended_date), max(u.used_date), max(u.ended_date)) as last_date
    from item as t
    left join used as u on u.item_type = t.item_type and u.item_id = t.item_id
    group by t.item_type, t.item_id, t.invoice_id, t.total_minor, t.is_live, t.side
),
closed as (
    select invoice_id, max(last_date) as last_date
    from left_over
    group by invoice_id
    having sum(amount_minor) = (select i.residual_minor from credited_invoices as i where i.id = invoice_id)
        -- a credit that is left settles a receivable that is left first
        and not (bool_or(item_type = 'invoice' and amount_minor > 0) and bool_or(item_type = 'credit_memo' and amount_minor < 0))
),
residual as (
    select l.item_type, l.item_id, l.invoice_id, l.total_minor, case when l.amount_minor is not null then least(greatest(l.amount_minor, -9e18), 9e18) end::bigint as amount_minor, c.last_date, l.item_id::text || '/residual' as line_id
    from left_over as l
    join closed as c on c.invoice_id = l.invoice_id
    where l.amount_minor <> 0
)
