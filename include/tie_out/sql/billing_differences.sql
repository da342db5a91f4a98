-- one row per invoice of which billing says that something else is open than its entries leave, and what explains it: a document that
-- waits as an exception, itself or one that settles it, or a rest that was closed here
with ours as (
    select item_uid, currency, sum(amount_minor)::bigint as amount_minor
    from open_item
    where role = 'accounts_receivable'
    group by item_uid, currency
),
theirs as (
    select document_uid, native_id, number, customer_ref, currency, open_minor
    from named_item
    where document_type = 'invoice' and legal_entity_code = getvariable('entity')
        -- of another entity's invoice nothing is open here; of one that billing is silent about nothing can be compared
        and open_minor is not null
),
differing as (
    select coalesce(o.item_uid, t.document_uid) as item_uid, coalesce(o.currency, t.currency) as currency, t.native_id, t.number, t.customer_ref,
        coalesce(o.amount_minor, 0) as amount_minor, coalesce(t.open_minor, 0) as billing_minor
    from ours as o
    full join theirs as t on t.document_uid = o.item_uid and t.currency = o.currency
    where coalesce(o.amount_minor, 0) <> coalesce(t.open_minor, 0)
        and coalesce(o.item_uid, t.document_uid) not in (select document_uid from named_item where open_minor is null)
),
-- what has to do with an invoice: itself, what is applied to it, what names it
related as (
    select item_uid, item_uid as document_uid from differing
    union
    select d.item_uid, a.document_uid
    from landed_applications as a
    join differing as d on d.item_uid = a.invoice_uid
    union
    select d.item_uid, l.document_uid
    from landed_documents as l
    join differing as d on d.item_uid = document_uid(getvariable('source_code'), getvariable('tenant'), 'invoice', l.invoice_id)
),
explained as (
    select r.item_uid, min(w.because) as because
    from related as r
    join waiting_document as w on w.document_uid::uuid = r.document_uid
    group by r.item_uid
)
select d.currency::varchar as currency, coalesce(d.native_id, d.item_uid::varchar) as native_id, coalesce(d.number, '') as number,
    coalesce(d.customer_ref, '') as customer_ref, d.amount_minor, d.billing_minor, coalesce(e.because, '') as because
from differing as d
left join explained as e on e.item_uid = d.item_uid
order by e.because is not null, abs(d.amount_minor - d.billing_minor) desc, native_id
