-- one row per changed payout
-- include: changed.sql -- changes only
select
    'payout'::text as document_type,
    o.id::text as native_id,
    null::text as number,
    e.code::text as legal_entity_code,
    null::text as customer_ref,
    o.status::text as status,
    null::text as kind,
    o.currency::text as currency,
    o.initiated_date::date as document_date,
    null::date as voided_date,
    null::date as written_off_date,
    o.failed_date::date as failed_date,
    null::date as reversed_date,
    null::date as succeeded_date,
    null::bigint as subtotal_minor,
    null::bigint as discount_minor,
    null::bigint as tax_minor,
    o.amount_minor::bigint as total_minor,
    null::text as method,
    o.processor::text as processor,
    o.processor_account::text as processor_account,
    o.bank_account_ref::text as bank_account_ref,
    null::text as invoice_id,
    null::text as payment_id,
    null::text as credit_memo_id,
    null::text as parent_entity_code,
    null::text as parent_currency,
    null::bigint as payment_unapplied_minor,
    o.deleted_at is not null as is_deleted,
    o.updated_at as updated_at,
    o.row_xid::text::bigint as row_xid
from billing.payouts as o
join changed_payouts as c on c.id = o.id -- changes only
left join billing.legal_entities as e on e.id = o.legal_entity_id
