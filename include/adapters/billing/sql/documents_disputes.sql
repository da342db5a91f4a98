-- one row per changed dispute; entity and customer are those of the disputed payment
-- What bounds a loss, told of lost ones only: the payment, what of it was refunded, what is not applied to an invoice that stands, and what
-- chargeback credit memos took over.
-- include: changed.sql -- changes only
select
    'dispute'::text as document_type,
    d.id::text as native_id,
    null::text as number,
    e.code::text as legal_entity_code,
    u.external_id::text as customer_ref,
    d.status::text as status,
    null::text as kind,
    d.currency::text as currency,
    d.opened_date::date as document_date,
    null::date as voided_date,
    null::date as written_off_date,
    null::date as failed_date,
    null::date as reversed_date,
    null::date as succeeded_date,
    null::bigint as subtotal_minor,
    null::bigint as discount_minor,
    null::bigint as tax_minor,
    d.amount_minor::bigint as total_minor,
    p.method::text as method,
    p.processor::text as processor,
    coalesce(d.processor_account, p.processor_account)::text as processor_account,
    p.bank_account_ref::text as bank_account_ref,
    null::text as invoice_id,
    d.payment_id::text as payment_id,
    null::text as credit_memo_id,
    e.code::text as parent_entity_code,
    p.currency::text as parent_currency,
    case when d.status = 'lost' and p.amount_minor is not null then least(greatest(p.amount_minor - applied.amount_minor - refunded.amount_minor, -9e18), 9e18) end::bigint as payment_unapplied_minor,
    null::text as settled,
    null::boolean as is_reverse_charge,
    null::date as arrival_date,
    d.closed_date::date as closed_date,
    case when d.status = 'lost' then p.amount_minor end::bigint as payment_minor,
    case when d.status = 'lost' then least(greatest(refunded.amount_minor, -9e18), 9e18) end::bigint as refunded_minor,
    case when d.status = 'lost' then least(greatest(covered.amount_minor, -9e18), 9e18) end::bigint as covered_minor,
    null::text as dispute_id,
    case when d.currency <> e.base_currency then coalesce(p.value_date, (p.received_at at time zone coalesce(e.time_zone, 'UTC'))::date) end as parent_date,
    null::date as parent_voided_date,
    d.deleted_at is not null as is_deleted,
    d.updated_at as updated_at,
    d.row_xid::text::bigint as row_xid
from billing.disputes as d
join changed_disputes as c on c.id = d.id -- changes only
left join billing.payments as p on p.id = d.payment_id
left join billing.legal_entities as e on e.id = p.legal_entity_id
left join billing.customers as u on u.id = p.customer_id
left join lateral (
    -- across currencies one that does not say what it used of the payment is not booked
    select coalesce(sum(coalesce(a.payment_amount_minor, case when a.currency = p.currency then a.amount_minor end)), 0) as amount_minor
    from billing.payment_allocations as a
    join billing.invoices as i on i.id = a.invoice_id
    where a.payment_id = d.payment_id
        and a.deleted_at is null
        and a.reversed_date is null
        and i.voided_at is null
) as applied on true
left join lateral (
    select coalesce(sum(r.amount_minor), 0) as amount_minor
    from billing.refunds as r
    where r.payment_id = d.payment_id
        and r.deleted_at is null
        and r.status <> 'failed'
) as refunded on true
left join lateral (
    select coalesce(sum(n.total_minor), 0) as amount_minor
    from billing.credit_notes as n
    join billing.invoices as i on i.id = n.invoice_id and i.voided_at is null
    where n.dispute_id = d.id
        and n.kind = 'chargeback'
        and n.status = 'issued'
        and n.deleted_at is null
) as covered on true
