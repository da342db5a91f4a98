-- one row per changed refund; entity, customer and way of payment are those of the payment it gives back. A billing database may say
-- in `legal_entity_id`, which is no part of the contract, that another entity pays it
-- payment_unapplied_minor: what this refund could take from the payment without touching an invoice: the payment less
-- what is applied to invoices that stand, less the earlier refunds that did not fail
-- include: changed.sql -- changes only
select
    'refund'::text as document_type,
    r.id::text as native_id,
    null::text as number,
    coalesce(x.code, e.code)::text as legal_entity_code,
    u.external_id::text as customer_ref,
    r.status::text as status,
    null::text as kind,
    r.currency::text as currency,
    coalesce(r.refund_date, (r.succeeded_at at time zone coalesce(e.time_zone, 'UTC'))::date) as document_date,
    null::date as voided_date,
    null::date as written_off_date,
    r.failed_date::date as failed_date,
    null::date as reversed_date,
    (r.succeeded_at at time zone coalesce(e.time_zone, 'UTC'))::date as succeeded_date,
    null::bigint as subtotal_minor,
    null::bigint as discount_minor,
    null::bigint as tax_minor,
    r.amount_minor::bigint as total_minor,
    p.method::text as method,
    p.processor::text as processor,
    coalesce(r.processor_account, p.processor_account)::text as processor_account,
    p.bank_account_ref::text as bank_account_ref,
    null::text as invoice_id,
    r.payment_id::text as payment_id,
    r.credit_note_id::text as credit_memo_id,
    e.code::text as parent_entity_code,
    p.currency::text as parent_currency,
    case when unapplied.amount_minor is not null then least(greatest(unapplied.amount_minor, -9e18), 9e18) end::bigint as payment_unapplied_minor,
    null::text as settled,
    null::boolean as is_reverse_charge,
    null::date as arrival_date,
    null::date as closed_date,
    null::bigint as payment_minor,
    null::bigint as refunded_minor,
    null::bigint as covered_minor,
    null::text as dispute_id,
    null::date as parent_voided_date,
    r.deleted_at is not null as is_deleted,
    r.updated_at as updated_at,
    r.row_xid::text::bigint as row_xid
from billing.refunds as r
join changed_refunds as c on c.id = r.id -- changes only
left join billing.payments as p on p.id = r.payment_id
left join billing.legal_entities as e on e.id = p.legal_entity_id
left join billing.legal_entities as x on x.id = (to_jsonb(r) ->> 'legal_entity_id')::uuid
left join billing.customers as u on u.id = p.customer_id
left join lateral (
    -- across currencies one that does not say what it used of the payment is not booked
    select coalesce(sum(coalesce(a.payment_amount_minor, case when a.currency = p.currency then a.amount_minor end)), 0) as amount_minor
    from billing.payment_allocations as a
    join billing.invoices as i on i.id = a.invoice_id
    where a.payment_id = r.payment_id
        and a.deleted_at is null
        and a.reversed_date is null
        and i.voided_at is null
) as applied on true
left join lateral (
    select coalesce(sum(o.amount_minor), 0) as amount_minor
    from billing.refunds as o
    where o.payment_id = r.payment_id
        and o.deleted_at is null
        and o.status <> 'failed'
        and (coalesce(o.refund_date, 'infinity'), o.id) < (coalesce(r.refund_date, 'infinity'), r.id)
) as refunded on true
cross join lateral (
    select p.amount_minor - applied.amount_minor - refunded.amount_minor as amount_minor
) as unapplied
