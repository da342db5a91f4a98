-- one row per changed payment; its days are days of the entity that collected it
-- include: changed.sql -- changes only
select
    'payment'::text as document_type,
    p.id::text as native_id,
    e.code::text as legal_entity_code,
    u.external_id::text as customer_ref,
    p.status::text as status,
    p.currency::text as currency,
    coalesce(p.value_date, (p.received_at at time zone coalesce(e.time_zone, 'UTC'))::date) as document_date,
    (p.failed_at at time zone coalesce(e.time_zone, 'UTC'))::date as failed_date,
    (p.reversed_at at time zone coalesce(e.time_zone, 'UTC'))::date as reversed_date,
    p.amount_minor::bigint as total_minor,
    p.method::text as method,
    p.processor::text as processor,
    p.processor_account::text as processor_account,
    p.bank_account_ref::text as bank_account_ref,
    p.deleted_at is not null as is_deleted,
    p.updated_at as updated_at,
    p.row_xid::text::bigint as row_xid
from billing.payments as p
join changed_payments as c on c.id = p.id -- changes only
left join billing.legal_entities as e on e.id = p.legal_entity_id
left join billing.customers as u on u.id = p.customer_id
