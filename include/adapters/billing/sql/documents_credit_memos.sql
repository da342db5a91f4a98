-- one row per changed credit memo; its parent is the invoice it corrects
-- include: changed.sql -- changes only
select
    'credit_memo'::text as document_type,
    n.id::text as native_id,
    n.number::text as number,
    e.code::text as legal_entity_code,
    u.external_id::text as customer_ref,
    n.status::text as status,
    n.kind::text as kind,
    n.currency::text as currency,
    n.issue_date::date as document_date,
    (n.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date as voided_date,
    null::date as written_off_date,
    null::date as failed_date,
    null::date as reversed_date,
    null::date as succeeded_date,
    n.subtotal_minor::bigint as subtotal_minor,
    null::bigint as discount_minor,
    n.tax_minor::bigint as tax_minor,
    n.total_minor::bigint as total_minor,
    null::text as method,
    null::text as processor,
    null::text as processor_account,
    null::text as bank_account_ref,
    n.invoice_id::text as invoice_id,
    null::text as payment_id,
    null::text as credit_memo_id,
    pe.code::text as parent_entity_code,
    coalesce(
        i.currency,
        -- one that names lines alone: of another currency than its own first
        (
            select v.currency
            from billing.credit_note_lines as l
            join billing.invoice_lines as o on o.id = l.invoice_line_id
            join billing.invoices as v on v.id = o.invoice_id
            where n.invoice_id is null and l.credit_note_id = n.id and l.deleted_at is null
            order by v.currency = n.currency, v.currency
            limit 1
        )
    )::text as parent_currency,
    null::bigint as payment_unapplied_minor,
    null::text as settled,
    null::boolean as is_reverse_charge,
    null::date as arrival_date,
    null::date as closed_date,
    null::bigint as payment_minor,
    null::bigint as refunded_minor,
    null::bigint as covered_minor,
    n.dispute_id::text as dispute_id,
    (i.voided_at at time zone coalesce(pe.time_zone, 'UTC'))::date as parent_voided_date,
    n.deleted_at is not null as is_deleted,
    n.updated_at as updated_at,
    n.row_xid::text::bigint as row_xid
from billing.credit_notes as n
join changed_credit_memos as c on c.id = n.id -- changes only
left join billing.legal_entities as e on e.id = n.legal_entity_id
left join billing.customers as u on u.id = n.customer_id
left join billing.invoices as i on i.id = n.invoice_id
left join billing.legal_entities as pe on pe.id = i.legal_entity_id
