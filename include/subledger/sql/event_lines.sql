-- one row per accounting event and line of it: what happened to the documents of the bucket, as their newest version tells.
-- Two hashes stand for all that posting rules tell apart; `is_single` marks the events that have one line and no more
create or replace temp table event_line as
with live as (
    select d.*, case when d.total_minor < 0 then 'negative' else 'positive' end as document_sign,
        case when d.processor is null then 'direct' else 'processor' end as channel
    from bucket_documents as d
    join document_state as s on s.document_uid = d.document_uid
    where s.exclusion is null and not s.is_deleted
        and not exists (from finding as f where f.document_uid = d.document_uid and f.quarantines)
),
document_line as (
    select d.document_uid, d.document_type, d.legal_entity_code, d.currency, d.document_date, d.voided_date, d.status,
        d.kind, d.document_sign, d.customer_ref, l.line_no, l.revenue_treatment, l.product_line, l.line_kind,
        coalesce(l.revenue_effect, e.default_revenue_effect) as revenue_effect, l.department, l.region,
        l.amount_minor - l.discount_minor - case when l.is_tax_inclusive then l.tax_minor else 0 end as net_minor,
        l.tax_minor
    from live as d
    join bucket_lines as l on l.document_uid = d.document_uid
    join legal_entity as e on e.code = d.legal_entity_code
),
line_event as (
    select *, case document_type when 'invoice' then 'invoice.issued' else 'credit_memo.issued' end as event, document_date as event_date
    from document_line
    union all
    select *, case document_type when 'invoice' then 'invoice.voided' else 'credit_memo.voided' end, voided_date
    from document_line
    where status = 'void'
),
application as (
    -- an application ends when it is reversed, or with the invoice, credit memo or payment that it stands on
    select d.document_uid, d.document_type, d.legal_entity_code, d.currency, d.document_date, d.customer_ref,
        a.application_id, a.invoice_uid, a.invoice_entity_code, a.amount_minor, a.adjustment_minor, a.applied_date,
        a.currency as application_currency,
        greatest(a.applied_date, least(a.reversed_date, a.invoice_voided_date, d.voided_date, d.reversed_date)) as ended_date,
        least(a.reversed_date, a.invoice_voided_date, d.voided_date, d.reversed_date) is not null as is_ended
    from live as d
    join bucket_applications as a on a.document_uid = d.document_uid
),
application_event as (
    select *, case document_type when 'payment' then 'payment.applied' else 'credit.applied' end as event, applied_date as event_date
    from application
    union all
    select *, case document_type when 'payment' then 'payment.unapplied' else 'credit.unapplied' end, ended_date
    from application
    where is_ended
),
cash_event as (
    select *, case document_type when 'payment' then 'payment.received' else 'refund.paid' end as event, document_date as event_date
    from live
    where document_type in ('payment', 'refund')
    union all
    select *, 'payment.reversed', reversed_date
    from live
    where document_type = 'payment' and status = 'reversed'
    union all
    select *, 'refund.failed', failed_date
    from live
    where document_type = 'refund' and status = 'failed'
),
every_event as (
    select
        document_uid, event, uuid '00000000-0000-0000-0000-000000000000' as occurrence, line_no, legal_entity_code, currency,
        document_date, event_date, null::uuid as waiting_invoice_uid, null::varchar as waiting_reason, false as is_single,
        revenue_treatment, product_line, document_sign, line_kind, revenue_effect, kind,
        null::varchar as channel, null::varchar as method, null::varchar as processor, null::varchar as processor_account,
        null::varchar as bank_account_ref, null::varchar as refund_against,
        department, region, customer_ref, net_minor, tax_minor, 0::bigint as amount_minor
    from line_event
    union all
    select
        document_uid, event, md5(application_id)::uuid, 1, legal_entity_code, currency,
        document_date, event_date, invoice_uid,
        case
            when invoice_entity_code is distinct from legal_entity_code then 'not_yet_supported_intercompany'
            when application_currency is distinct from currency then 'not_yet_supported_foreign_currency'
            when adjustment_minor <> 0 then 'not_yet_supported_adjustment'  -- settled in part without cash
        end,
        true, null, null, null, null, null, null, null, null, null, null, null, null, null, null, customer_ref, 0, 0, amount_minor
    from application_event
    union all
    select
        document_uid, event, uuid '00000000-0000-0000-0000-000000000000', 1, legal_entity_code, currency,
        document_date, event_date, null, null, true,
        null, null, null, null, null, null, channel, method, processor, processor_account, bank_account_ref,
        case when document_type = 'refund' then
            case when credit_memo_id is not null or coalesce(payment_unapplied_minor, 0) >= total_minor then 'credit' else 'awaiting' end
        end,
        null, null, customer_ref, 0, 0, total_minor
    from cash_event
)
select
    v.document_uid, t.code as event_type, v.occurrence, v.line_no, v.legal_entity_code, v.currency, v.document_date, v.event_date,
    v.waiting_invoice_uid, v.waiting_reason, v.is_single, v.revenue_treatment, v.product_line, v.document_sign, v.line_kind, v.revenue_effect,
    v.kind, v.channel, v.method, v.processor, v.processor_account, v.bank_account_ref, v.refund_against, v.department, v.region,
    v.customer_ref, v.net_minor, v.tax_minor, v.amount_minor,
    hash(
        t.code, v.legal_entity_code, v.event_date, v.revenue_treatment, v.product_line, v.document_sign, v.line_kind, v.revenue_effect,
        v.kind, v.channel, v.method, v.processor, v.processor_account, v.bank_account_ref, v.refund_against) as first_key,
    hash(
        v.refund_against, v.bank_account_ref, v.processor_account, v.processor, v.method, v.channel, v.kind, v.revenue_effect, v.line_kind,
        v.document_sign, v.product_line, v.revenue_treatment, v.event_date, v.legal_entity_code, t.code, 'second') as second_key
from every_event as v
left join event_type as t on t.name = v.event;
