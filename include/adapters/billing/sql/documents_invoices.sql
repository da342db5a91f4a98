-- one row per changed invoice
-- include: changed.sql -- changes only
select
    'invoice'::text as document_type,
    i.id::text as native_id,
    i.number::text as number,
    e.code::text as legal_entity_code,
    u.external_id::text as customer_ref,
    i.status::text as status,
    i.currency::text as currency,
    i.issue_date::date as document_date,
    (i.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date as voided_date,
    (i.written_off_at at time zone coalesce(e.time_zone, 'UTC'))::date as written_off_date,
    i.subtotal_minor::bigint as subtotal_minor,
    i.discount_minor::bigint as discount_minor,
    i.tax_minor::bigint as tax_minor,
    i.total_minor::bigint as total_minor,
    i.open_minor::bigint as open_minor,
    i.deleted_at is not null as is_deleted,
    i.updated_at as updated_at,
    i.row_xid::text::bigint as row_xid
from billing.invoices as i
join changed_invoices as c on c.id = i.id -- changes only
left join billing.legal_entities as e on e.id = i.legal_entity_id
left join billing.customers as u on u.id = i.customer_id
