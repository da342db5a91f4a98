-- one row per open item in a foreign currency that a changed document settles in part or takes back from, and per changed credit
-- memo of an invoice in a foreign currency: what the books need to know of other rows to value it
-- An item is settled in order of days: `before_minor` is what was settled of it by then, less what was taken back. What was never
-- money (a pending payment, a draft) settles nothing. Money that a dispute withdrew, and money in the balance of a processor, has
-- one row per day on which it moved; what came first is settled first.
-- include: changed.sql
, credit_memos_at_hand as (
    select id from changed_credit_memos
    union
    select r.credit_note_id
    from changed_refunds as c
    join billing.refunds as r on r.id = c.id
    where r.credit_note_id is not null
),
invoices_at_hand as (
    select a.invoice_id as id
    from changed_payments as c
    join billing.payment_allocations as a on a.payment_id = c.id
    union
    select a.invoice_id
    from changed_credit_memos as c
    join billing.payment_allocations as a on a.credit_note_id = c.id
    union
    select n.invoice_id
    from credit_memos_at_hand as c
    join billing.credit_notes as n on n.id = c.id
),
payments_at_hand as (
    select id from changed_payments
    union
    select r.payment_id
    from changed_refunds as c
    join billing.refunds as r on r.id = c.id
),
foreign_invoices as materialized (
    select i.id, i.issue_date, i.total_minor, i.currency, e.code as entity_code
    from billing.invoices as i
    join billing.legal_entities as e on e.id = i.legal_entity_id
    where i.currency <> e.base_currency and i.total_minor <> 0
        and i.id in (select h.id from invoices_at_hand as h) -- changes only
),
foreign_payments as materialized (
    select
        p.id,
        coalesce(p.value_date, (p.received_at at time zone e.time_zone)::date) as document_date,
        p.amount_minor
    from billing.payments as p
    join billing.legal_entities as e on e.id = p.legal_entity_id
    where p.currency <> e.base_currency and p.amount_minor > 0
        and p.id in (select h.id from payments_at_hand as h) -- changes only
),
foreign_credit_memos as materialized (
    select
        n.id,
        n.total_minor,
        case when i.entity_code = e.code and i.currency = n.currency then i.issue_date else n.issue_date end as rate_date
    from billing.credit_notes as n
    join billing.legal_entities as e on e.id = n.legal_entity_id
    left join foreign_invoices as i on i.id = n.invoice_id
    where n.currency <> e.base_currency and n.total_minor > 0
        and n.id in (select h.id from credit_memos_at_hand as h) -- changes only
),
foreign_allocations as (
    select a.id
    from foreign_invoices as i
    join billing.payment_allocations as a on a.invoice_id = i.id
    union
    select a.id
    from foreign_payments as p
    join billing.payment_allocations as a on a.payment_id = p.id
    union
    select a.id
    from foreign_credit_memos as n
    join billing.payment_allocations as a on a.credit_note_id = n.id
),
reduced_invoices as (
    select id from foreign_invoices
)
-- include: implied.sql
, application as (
    select
        'payment'::text as document_type,
        a.payment_id as owner_id,
        a.id::text as application_id,
        a.invoice_id,
        a.amount_minor::numeric + a.adjustment_minor as amount_minor,
        case when a.currency = p.currency then coalesce(a.payment_amount_minor, a.amount_minor) else a.payment_amount_minor end as owner_minor,
        a.allocated_date,
        a.reversed_date,
        (p.reversed_at at time zone coalesce(e.time_zone, 'UTC'))::date as owner_ended_date
    from foreign_allocations as f
    join billing.payment_allocations as a on a.id = f.id
    join billing.payments as p on p.id = a.payment_id
    left join billing.legal_entities as e on e.id = p.legal_entity_id
    where a.deleted_at is null
        and p.deleted_at is null
        and p.status in ('succeeded', 'reversed')
    union all
    select
        'credit_memo',
        n.id,
        a.id::text,
        a.invoice_id,
        a.amount_minor,
        coalesce(a.payment_amount_minor, a.amount_minor),
        a.allocated_date,
        a.reversed_date,
        (n.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date
    from foreign_allocations as f
    join billing.payment_allocations as a on a.id = f.id
    join billing.credit_notes as n on n.id = a.credit_note_id
    left join billing.legal_entities as e on e.id = n.legal_entity_id
    where a.deleted_at is null
        and n.deleted_at is null
        and n.status in ('issued', 'void')
        and n.kind not in ('write_off', 'chargeback')
    union all
    -- these credit the receivable themselves, and stand for the write-off of the invoice
    select
        'credit_memo',
        n.id,
        null,
        n.invoice_id,
        n.total_minor,
        null,
        least(n.issue_date, (i.written_off_at at time zone coalesce(e.time_zone, 'UTC'))::date),
        null::date,
        (n.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date
    from foreign_invoices as f
    join billing.invoices as i on i.id = f.id
    join billing.credit_notes as n on n.invoice_id = f.id
    left join billing.legal_entities as e on e.id = n.legal_entity_id
    where n.kind = 'write_off'
        and n.deleted_at is null
        and n.status in ('issued', 'void')
    union all
    select
        'credit_memo',
        m.id,
        m.id::text,
        m.invoice_id,
        m.amount_minor,
        m.amount_minor,
        m.issue_date,
        null::date,
        (n.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date
    from implied as m
    join billing.credit_notes as n on n.id = m.id
    left join billing.legal_entities as e on e.id = n.legal_entity_id
    where m.amount_minor > 0
),
dated as (
    select
        a.*,
        greatest(
            a.allocated_date,
            least(a.reversed_date, (i.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date, a.owner_ended_date)
        ) as ended_date,
        coalesce(a.reversed_date, (i.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date, a.owner_ended_date) is not null as is_ended
    from application as a
    join billing.invoices as i on i.id = a.invoice_id
    left join billing.legal_entities as e on e.id = i.legal_entity_id
),
movement as (
    -- every applied amount, on its day, and every one that was taken back
    select document_type, owner_id, application_id, invoice_id, amount_minor, owner_minor, allocated_date as moved_date, false as is_undone
    from dated
    union all
    select document_type, owner_id, application_id, invoice_id, -amount_minor, -owner_minor, ended_date, true
    from dated
    where is_ended
),
settled_by_refund as (
    select r.id, r.credit_note_id as item_id, 'credit_memo'::text as item_type
    from foreign_credit_memos as n
    join billing.refunds as r on r.credit_note_id = n.id
    union all
    select r.id, r.payment_id, 'payment'
    from foreign_payments as p
    join billing.refunds as r on r.payment_id = p.id
    where r.credit_note_id is null
),
refunded as (
    select
        r.id,
        s.item_id,
        s.item_type,
        r.amount_minor,
        coalesce(r.refund_date, (r.succeeded_at at time zone coalesce(e.time_zone, 'UTC'))::date) as refund_date,
        r.failed_date,
        r.status
    from settled_by_refund as s
    join billing.refunds as r on r.id = s.id
    join billing.payments as p on p.id = r.payment_id
    left join billing.legal_entities as e on e.id = p.legal_entity_id
    where r.deleted_at is null and (r.status = 'succeeded' or (r.status = 'failed' and r.succeeded_at is not null))
),
settled as (
    select 'invoice'::text as item_type, m.invoice_id as item_id, m.document_type, m.owner_id, m.application_id, m.is_undone, m.moved_date, m.amount_minor
    from movement as m
    union all
    select m.document_type, m.owner_id, m.document_type, m.owner_id, m.application_id, m.is_undone, m.moved_date, m.owner_minor
    from movement as m
    where m.application_id is not null and m.owner_minor is not null
    union all
    select r.item_type, r.item_id, 'refund', r.id, null, false, r.refund_date, r.amount_minor
    from refunded as r
    union all
    select r.item_type, r.item_id, 'refund', r.id, null, true, r.failed_date, -r.amount_minor
    from refunded as r
    where r.status = 'failed'
),
item as (
    select 'invoice'::text as item_type, id, issue_date as item_date, total_minor from foreign_invoices
    union all
    select 'payment', id, document_date, amount_minor from foreign_payments
    union all
    select 'credit_memo', id, rate_date, total_minor from foreign_credit_memos
),
-- what a foreign dispute withdrew, by day, and the chargeback credit memos that take it over. What was given back comes first
withdrawn as (
    select
        m.dispute_id,
        m.movement_date,
        m.amount_minor,
        sum(m.amount_minor) over (
            partition by m.dispute_id order by m.movement_date, md5(m.id::text) collate "C" rows between unbounded preceding and current row
        ) - m.amount_minor as start_minor
    from billing.dispute_movements as m
    where m.movement_kind = 'withdrawn'
        and m.deleted_at is null
        and m.dispute_id in (select n.dispute_id from foreign_credit_memos as f join billing.credit_notes as n on n.id = f.id)
),
chargeback as (
    select
        n.id,
        n.dispute_id,
        n.total_minor,
        n.status = 'void' or i.voided_at is not null as is_ended,
        (
            select coalesce(sum(m.amount_minor), 0)
            from billing.dispute_movements as m
            where m.dispute_id = n.dispute_id and m.movement_kind = 'reinstated' and m.deleted_at is null
        ) + coalesce(sum(case when n.status = 'issued' and i.voided_at is null then n.total_minor else 0 end) over (
            partition by n.dispute_id order by n.issue_date, n.id rows between unbounded preceding and 1 preceding
        ), 0) as before_minor
    from billing.credit_notes as n
    join billing.invoices as i on i.id = n.invoice_id
    where n.kind = 'chargeback'
        and n.status in ('issued', 'void')
        and n.deleted_at is null
        and n.dispute_id in (select w.dispute_id from withdrawn as w)
),
taken_over as (
    select
        c.id,
        c.is_ended,
        w.movement_date,
        w.amount_minor as item_minor,
        least(greatest(c.before_minor - w.start_minor, 0), w.amount_minor) as before_minor,
        least(greatest(c.before_minor + c.total_minor - w.start_minor, 0), w.amount_minor) as upto_minor
    from chargeback as c
    join withdrawn as w on w.dispute_id = c.dispute_id
),
-- the items of foreign payouts, and of those that paid out the same money before
foreign_payouts as materialized (
    select o.id
    from billing.payouts as o
    join changed_payouts as c on c.id = o.id -- changes only
    join billing.legal_entities as e on e.id = o.legal_entity_id
    where o.currency <> e.base_currency
),
paid_out as (
    select
        m.payout_id,
        m.source_id,
        m.item_kind,
        m.amount_minor,
        case when m.amount_minor > 0 then 1 else -1 end as side,
        o.currency,
        o.initiated_date,
        case when o.status in ('failed', 'canceled') then o.failed_date end as failed_date
    from billing.payout_items as m
    join billing.payouts as o on o.id = m.payout_id
    where m.deleted_at is null
        and m.amount_minor <> 0
        and o.deleted_at is null
        and (o.status <> 'canceled' or o.failed_date is not null)
        and m.source_id in (
            select x.source_id
            from foreign_payouts as f
            join billing.payout_items as x on x.payout_id = f.id
        )
),
emptied as (
    select source_id, item_kind, side, payout_id, false as is_undone, initiated_date as moved_date, abs(amount_minor) as amount_minor
    from paid_out
    union all
    select source_id, item_kind, side, payout_id, true, failed_date, -abs(amount_minor)
    from paid_out
    where failed_date is not null
),
emptied_in_order as (
    select
        *,
        coalesce(sum(amount_minor) over (
            partition by source_id, item_kind, side order by moved_date, is_undone, payout_id rows between unbounded preceding and 1 preceding
        ), 0) as before_minor
    from emptied
),
-- what brought the money into the balance of the processor, or took it out
brought as (
    select 'payment' as item_kind, p.id as source_id, 1 as side, p.id as part_id,
        case when p.settlement_currency <> p.currency then p.settlement_amount_minor else p.amount_minor end as amount_minor,
        greatest(
            coalesce(p.value_date, (p.received_at at time zone coalesce(e.time_zone, 'UTC'))::date),
            case when p.settlement_currency <> p.currency then (p.settled_at at time zone coalesce(e.time_zone, 'UTC'))::date end
        ) as moved_date
    from billing.payments as p
    left join billing.legal_entities as e on e.id = p.legal_entity_id
    where p.id in (select o.source_id from paid_out as o where o.item_kind = 'payment' and o.currency = coalesce(p.settlement_currency, p.currency))
    union all
    select 'refund', r.id, -1, r.id,
        case when r.settlement_currency <> r.currency then r.settlement_amount_minor else r.amount_minor end,
        greatest(
            coalesce(r.refund_date, (r.succeeded_at at time zone coalesce(e.time_zone, 'UTC'))::date),
            case when r.settlement_currency <> r.currency then (r.settled_at at time zone coalesce(e.time_zone, 'UTC'))::date end
        )
    from billing.refunds as r
    join billing.payments as p on p.id = r.payment_id
    left join billing.legal_entities as e on e.id = p.legal_entity_id
    where r.id in (select o.source_id from paid_out as o where o.item_kind = 'refund' and o.currency = coalesce(r.settlement_currency, r.currency))
    union all
    select 'fee', f.id, case when f.amount_minor > 0 then -1 else 1 end, f.id, abs(f.amount_minor), f.incurred_date
    from billing.processor_fees as f
    where f.id in (select o.source_id from paid_out as o where o.item_kind = 'fee' and o.currency = f.currency)
        and f.settled = 'deducted'
    union all
    select 'dispute', m.dispute_id, case m.movement_kind when 'withdrawn' then -1 else 1 end, m.id,
        case when m.settlement_currency <> m.currency then m.settlement_amount_minor else m.amount_minor end,
        greatest(
            m.movement_date,
            case when m.settlement_currency <> m.currency then (m.settled_at at time zone coalesce(e.time_zone, 'UTC'))::date end
        )
    from billing.dispute_movements as m
    join billing.disputes as d on d.id = m.dispute_id
    join billing.payments as p on p.id = d.payment_id
    left join billing.legal_entities as e on e.id = p.legal_entity_id
    where m.dispute_id in (
            select o.source_id from paid_out as o where o.item_kind = 'dispute' and o.currency = coalesce(m.settlement_currency, m.currency))
        and m.deleted_at is null
),
brought_in_order as (
    select
        *,
        sum(amount_minor) over (
            partition by source_id, item_kind, side order by moved_date, part_id rows between unbounded preceding and current row
        ) - amount_minor as start_minor
    from brought
),
cleared as (
    select
        x.payout_id,
        x.is_undone,
        x.side,
        b.moved_date,
        b.amount_minor as item_minor,
        least(greatest(x.before_minor - b.start_minor, 0), b.amount_minor) as before_minor,
        least(greatest(x.before_minor + x.amount_minor - b.start_minor, 0), b.amount_minor) as upto_minor
    from emptied_in_order as x
    join brought_in_order as b on b.source_id = x.source_id and b.item_kind = x.item_kind and b.side = x.side
),
relief as (
    select
        s.*,
        i.item_date,
        i.total_minor,
        coalesce(sum(s.amount_minor) over (
            partition by s.item_type, s.item_id order by s.moved_date, s.is_undone, s.owner_id, s.application_id
            rows between unbounded preceding and 1 preceding
        ), 0) as before_minor
    from settled as s
    join item as i on i.item_type = s.item_type and i.id = s.item_id
),
changed as (
    select 'payment'::text as document_type, id from changed_payments
    union all
    select 'credit_memo', id from changed_credit_memos
    union all
    select 'refund', id from changed_refunds
)
select
    r.document_type::text as document_type,
    r.owner_id::text as native_id,
    r.application_id::text as application_id,
    r.is_undone as is_undone,
    r.item_type::text as item_type,
    r.item_id::text as item_id,
    r.item_date::date as item_date,
    r.total_minor::bigint as item_total_minor,
    r.before_minor::bigint as before_minor,
    r.amount_minor::bigint as amount_minor
from relief as r
join changed as c on c.document_type = r.document_type and c.id = r.owner_id
union all
select 'credit_memo', t.id::text, null, u.is_undone, 'dispute', null, t.movement_date, t.item_minor,
    (case when u.is_undone then t.upto_minor else t.before_minor end)::bigint,
    (case when u.is_undone then t.before_minor - t.upto_minor else t.upto_minor - t.before_minor end)::bigint
from taken_over as t
join changed_credit_memos as c on c.id = t.id
cross join (values (false), (true)) as u (is_undone)
where t.upto_minor <> t.before_minor and (t.is_ended or not u.is_undone)
union all
select 'payout', x.payout_id::text, null, x.is_undone, 'clearing', null, x.moved_date, x.side * x.item_minor, (x.side * x.before_minor)::bigint,
    (x.side * (x.upto_minor - x.before_minor))::bigint
from cleared as x
join changed_payouts as c on c.id = x.payout_id
where x.upto_minor <> x.before_minor
union all
select 'credit_memo', m.id::text, null, false, 'origin', null, m.rate_date, 0, 0, 0
from foreign_credit_memos as m
join changed_credit_memos as c on c.id = m.id
