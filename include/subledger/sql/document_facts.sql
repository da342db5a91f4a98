-- one row per document of the bucket: what its children add up to
create or replace temp table document_fact as
with line_fact as (
    select
        document_uid,
        count(*) as line_count,
        count(*) filter (where product_sku is null and line_kind <> 'rounding') as unknown_product_count,
        count(*) filter (where document_type = 'credit_memo' and revenue_effect is null) as missing_effect_count,
        sum(amount_minor)::bigint as amount_sum,
        sum(discount_minor)::bigint as discount_sum,
        sum(tax_minor)::bigint as tax_sum,
        sum(case when is_tax_inclusive then tax_minor else 0 end)::bigint as inclusive_tax_sum
    from bucket_lines
    group by document_uid
),
line_tax as (
    select document_uid, line_id, sum(tax_minor)::bigint as tax_sum
    from bucket_line_taxes
    group by document_uid, line_id
),
tax_fact as (
    select l.document_uid, count(*) filter (where t.tax_sum <> l.tax_minor) as wrong_tax_count
    from bucket_lines as l
    join line_tax as t on t.document_uid = l.document_uid and t.line_id = l.line_id
    group by l.document_uid
),
application_fact as (
    select document_uid, sum(coalesce(payment_amount_minor, amount_minor))::bigint as applied_sum, min(amount_minor) as smallest_application
    from bucket_applications
    where reversed_date is null and invoice_voided_date is null
    group by document_uid
)
select
    d.document_uid,
    coalesce(l.line_count, 0) as line_count,
    coalesce(l.unknown_product_count, 0) as unknown_product_count,
    coalesce(l.missing_effect_count, 0) as missing_effect_count,
    coalesce(l.amount_sum, 0) as amount_sum,
    coalesce(l.discount_sum, 0) as discount_sum,
    coalesce(l.tax_sum, 0) as tax_sum,
    coalesce(l.inclusive_tax_sum, 0) as inclusive_tax_sum,
    coalesce(t.wrong_tax_count, 0) as wrong_tax_count,
    coalesce(a.applied_sum, 0) as applied_sum,
    coalesce(a.smallest_application, 0) as smallest_application
from bucket_documents as d
left join line_fact as l on l.document_uid = d.document_uid
left join tax_fact as t on t.document_uid = d.document_uid
left join application_fact as a on a.document_uid = d.document_uid;
