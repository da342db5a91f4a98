-- one row per changed processor fee; its payment is found through the refund or dispute where it has none of its own
-- include: changed.sql -- changes only
select
    'processor_fee'::text as document_type,
    f.id::text as native_id,
    null::text as number,
    e.code::text as legal_entity_code,
    null::text as customer_ref,
    null::text as status,
    f.fee_kind::text as kind,
    f.currency::text as currency,
    f.incurred_date::date as document_date,
    null::date as voided_date,
    null::date as written_off_date,
    null::date as failed_date,
    null::date as reversed_date,
    null::date as succeeded_date,
    null::bigint as subtotal_minor,
    null::bigint as discount_minor,
    f.tax_minor::bigint as tax_minor,
    f.amount_minor::bigint as total_minor,
    null::text as method,
    f.processor::text as processor,
    f.processor_account::text as processor_account,
    null::text as bank_account_ref,
    null::text as invoice_id,
    p.id::text as payment_id,
    null::text as credit_memo_id,
    pe.code::text as parent_entity_code,
    p.currency::text as parent_currency,
    null::bigint as payment_unapplied_minor,
    f.settled::text as settled,
    f.reverse_charge::boolean as is_reverse_charge,
    null::date as arrival_date,
    null::date as closed_date,
    null::bigint as payment_minor,
    null::bigint as refunded_minor,
    null::bigint as covered_minor,
    null::text as dispute_id,
    null::date as parent_voided_date,
    f.deleted_at is not null as is_deleted,
    f.updated_at as updated_at,
    f.row_xid::text::bigint as row_xid
from billing.processor_fees as f
join changed_processor_fees as c on c.id = f.id -- changes only
left join billing.legal_entities as e on e.id = f.legal_entity_id
left join billing.refunds as r on r.id = f.refund_id
left join billing.disputes as d on d.id = f.dispute_id
left join billing.payments as p on p.id = coalesce(f.payment_id, r.payment_id, d.payment_id)
left join billing.legal_entities as pe on pe.id = p.legal_entity_id
