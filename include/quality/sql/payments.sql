-- one row per payment that is more than pending, with what is applied of it
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    (d.total_minor is null)::bigint as missing_totals,
    coalesce(d.total_minor, 0) as total_minor,
    greatest(coalesce(d.total_minor, 0), 0) as covered_minor,
    coalesce(a.applied_minor, 0) as applied_minor
from document as d
left join application_fact as a on a.document_uid = d.document_uid
where d.document_type = 'payment'
