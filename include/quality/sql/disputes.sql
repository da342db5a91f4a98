-- one row per dispute
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    (d.total_minor is null)::bigint as missing_totals,
    coalesce(d.total_minor, 0) as total_minor,
    (d.payment_id is null)::bigint as missing_payments,
    coalesce(l.unknown_movements, 0) as unknown_movements,
    coalesce(l.movements_below_zero, 0) as movements_below_zero
from document as d
left join line_fact as l on l.document_uid = d.document_uid
where d.document_type = 'dispute'
