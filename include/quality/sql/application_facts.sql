-- one row per document with applications: what is applied of it, taken back and voided ones left out
create temp table application_fact as
select
    document_uid, any_value(document_type) as document_type, any_value(native_id) as native_id, any_value(bucket) as bucket,
    count(*) as row_count,
    count(*) - count(distinct application_id) as repeated_rows,
    count(*) - count(invoice_id) as rows_without_invoice,
    count(*) - count(amount_minor) as rows_without_amount,
    coalesce(sum(coalesce(payment_amount_minor, amount_minor)) filter (where reversed_date is null and invoice_voided_date is null), 0)::bigint as applied_minor,
    coalesce(min(amount_minor) filter (where reversed_date is null and invoice_voided_date is null), 0) as smallest_application
from landed_applications
group by document_uid;
