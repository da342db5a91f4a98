-- one row per open item in a foreign currency that a changed document settles in part or takes back from, and per changed credit
-- memo of an invoice in a foreign currency: what the books need to know of other rows to value it
-- An item is settled in order of days: `before_minor` is what was settled of it by then, less what was taken back. What was never
-- money (a pending payment, a draft) settles nothing.
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
        a.amount_minor,
        coalesce(a.payment_amount_minor, a.amount_minor) as owner_minor,
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
select 'credit_memo', m.id::text, null, false, 'origin', null, m.rate_date, 0, 0, 0
from foreign_credit_memos as m
join changed_credit_memos as c on c.id = m.id
