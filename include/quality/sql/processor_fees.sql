-- one row per processor fee
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    (d.kind is null)::bigint as missing_kinds,
    coalesce(d.total_minor, 0) as total_minor,
    coalesce(d.tax_minor, 0) as tax_minor,
    abs(coalesce(d.total_minor, 0)) as fee_size,
    abs(coalesce(d.tax_minor, 0)) as tax_size
from document as d
where d.document_type = 'processor_fee'
