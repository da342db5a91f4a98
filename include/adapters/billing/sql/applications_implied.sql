-- one row per changed credit memo that reduces a receivable without saying by which allocation
-- include: changed.sql
, reduced_invoices as (
    select m.invoice_id as id
    from changed_credit_memos as c
    join billing.credit_notes as m on m.id = c.id
    where m.kind = 'ar_reduction'
)
-- include: implied.sql
select
    'credit_memo'::text as document_type,
    m.id::text as native_id,
    m.id::text as application_id,
    m.invoice_id::text as invoice_id,
    e.code::text as invoice_entity_code,
    i.currency::text as invoice_currency,
    (i.voided_at at time zone coalesce(e.time_zone, 'UTC'))::date as invoice_voided_date,
    case when m.amount_minor is not null then least(greatest(m.amount_minor, -9e18), 9e18) end::bigint as amount_minor,
    i.currency::text as currency,
    null::bigint as payment_amount_minor,
    null::text as payment_currency,
    0::bigint as adjustment_minor,
    null::text as adjustment_kind,
    m.issue_date::date as applied_date,
    null::date as reversed_date,
    true as is_implied
from changed_credit_memos as c
join implied as m on m.id = c.id
join billing.invoices as i on i.id = m.invoice_id
left join billing.legal_entities as e on e.id = i.legal_entity_id
where m.amount_minor > 0
