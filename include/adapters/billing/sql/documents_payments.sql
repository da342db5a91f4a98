-- one row per changed payment; its days are days of the entity that collected it
-- include: changed.sql -- changes only
select
    'payment'::text as document_type,
    p.id::text as native_id,
    null::text as number,
    e.code::text as legal_entity_code,
    u.external_id::text as customer_ref,
    p.status::text as status,
    null::text as kind,
    p.currency::text as currency,
    coalesce(p.value_date, (p.received_at at time zone coalesce(e.time_zone, 'UTC'))::date) as document_date,
    null::date as voided_date,
    null::date as written_off_date,
    (p.failed_at at time zone coalesce(e.time_zone, 'UTC'))::date as failed_date,
    (p.reversed_at at time zone coalesce(e.time_zone, 'UTC'))::date as reversed_date,
    null::date as succeeded_date,
    null::bigint as subtotal_minor,
    null::bigint as discount_minor,
    null::bigint as tax_minor,
    p.amount_minor::bigint as total_minor,
    p.method::text as method,
    p.processor::text as processor,
    p.processor_account::text as processor_account,
    p.bank_account_ref::text as bank_account_ref,
    null::text as invoice_id,
    null::text as payment_id,
    null::text as credit_memo_id,
    null::text as parent_entity_code,
    null::text as parent_currency,
    null::bigint as payment_unapplied_minor,
    p.deleted_at is not null as is_deleted,
    p.updated_at as updated_at,
    p.row_xid::text::bigint as row_xid
from billing.payments as p
join changed_payments as c on c.id = p.id -- changes only
left join billing.legal_entities as e on e.id = p.legal_entity_id
left join billing.customers as u on u.id = p.customer_id
