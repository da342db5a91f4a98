-- one row per document that billing has, for counting: on purpose nothing of what the documents are read with
with billed as not materialized (
    select 'invoice' as document_type, d.id, e.code as legal_entity_code, d.issue_date as document_date, d.currency, d.total_minor as total_minor, d.row_xid, d.deleted_at
    from billing.invoices as d
    left join billing.legal_entities as e on e.id = d.legal_entity_id
    union all
    select 'credit_memo', d.id, e.code, d.issue_date, d.currency, d.total_minor, d.row_xid, d.deleted_at
    from billing.credit_notes as d
    left join billing.legal_entities as e on e.id = d.legal_entity_id
    union all
    select 'payment', d.id, e.code, coalesce(d.value_date, (d.received_at at time zone coalesce(e.time_zone, 'UTC'))::date), d.currency, d.amount_minor, d.row_xid, d.deleted_at
    from billing.payments as d
    left join billing.legal_entities as e on e.id = d.legal_entity_id
    union all
    select 'refund', d.id, coalesce(x.code, e.code), coalesce(d.refund_date, (d.succeeded_at at time zone coalesce(e.time_zone, 'UTC'))::date), d.currency, d.amount_minor, d.row_xid, d.deleted_at
    from billing.refunds as d
    left join billing.payments as p on p.id = d.payment_id
    left join billing.legal_entities as e on e.id = p.legal_entity_id
    left join billing.legal_entities as x on x.id = (to_jsonb(d) ->> 'legal_entity_id')::uuid
    union all
    select 'dispute', d.id, e.code, d.opened_date, d.currency, d.amount_minor, d.row_xid, d.deleted_at
    from billing.disputes as d
    left join billing.payments as p on p.id = d.payment_id
    left join billing.legal_entities as e on e.id = p.legal_entity_id
    union all
    select 'processor_fee', d.id, e.code, d.incurred_date, d.currency, d.amount_minor, d.row_xid, d.deleted_at
    from billing.processor_fees as d
    left join billing.legal_entities as e on e.id = d.legal_entity_id
    union all
    select 'payout', d.id, e.code, d.initiated_date, d.currency, d.amount_minor, d.row_xid, d.deleted_at
    from billing.payouts as d
    left join billing.legal_entities as e on e.id = d.legal_entity_id
)
