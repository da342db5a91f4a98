-- one row per dispute
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    (d.total_minor is null)::bigint as missing_totals,
    coalesce(d.total_minor, 0) as total_minor,
    (d.payment_id is null)::bigint as missing_payments
from document as d
where d.document_type = 'dispute'
