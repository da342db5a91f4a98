-- one row per live allocation of a changed payment to an invoice
-- include: changed.sql -- changes only
select
    'payment'::text as document_type,
    a.payment_id::text as native_id,
    a.id::text as application_id,
    a.invoice_id::text as invoice_id,
    e.code::text as invoice_entity_code,
    i.currency::text as invoice_currency,
    (i.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date as invoice_voided_date,
    a.amount_minor::bigint as amount_minor,
    a.currency::text as currency,
    a.payment_amount_minor::bigint as payment_amount_minor,
    a.payment_currency::text as payment_currency,
    a.adjustment_minor::bigint as adjustment_minor,
    a.adjustment_kind::text as adjustment_kind,
    a.allocated_date::date as applied_date,
    a.reversed_date::date as reversed_date,
    false as is_implied
from billing.payment_allocations as a
join changed_payments as c on c.id = a.payment_id -- changes only
-- one that names no invoice which is there is read as well: it waits, and a person is told
left join billing.invoices as i on i.id = a.invoice_id
left join billing.legal_entities as e on e.id = i.legal_entity_id
where a.payment_id is not null and a.deleted_at is null
