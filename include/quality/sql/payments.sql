-- one row per payment that is more than pending, with what is applied of it. What is applied in another currency and does not say how
-- much of the payment it used is not known: it is left out, and waits by itself
with exceeding as (
    select d.document_uid, d.currency
    from document as d
    join application_fact as a on a.document_uid = d.document_uid
    where d.document_type = 'payment' and a.applied_minor > greatest(coalesce(d.total_minor, 0), 0)
),
unsaid as (
    select e.document_uid, sum(p.amount_minor)::bigint as amount_minor
    from exceeding as e
    join landed_applications as p
        on p.document_uid = e.document_uid and p.payment_amount_minor is null and p.currency <> e.currency
        and p.reversed_date is null and p.invoice_voided_date is null
    group by e.document_uid
)
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    (d.total_minor is null)::bigint as missing_totals,
    coalesce(d.total_minor, 0) as total_minor,
    greatest(coalesce(d.total_minor, 0), 0) as covered_minor,
    coalesce(a.applied_minor, 0) - coalesce(u.amount_minor, 0) as applied_minor
from document as d
left join application_fact as a on a.document_uid = d.document_uid
left join unsaid as u on u.document_uid = d.document_uid
where d.document_type = 'payment'
