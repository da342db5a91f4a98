-- one row per document with applications, unless it is a draft or deleted: whether it came itself, and whether each came once
select
    f.document_uid, f.document_type, f.native_id, f.bucket,
    f.row_count,
    f.repeated_rows,
    f.rows_without_invoice,
    f.rows_without_amount,
    f.smallest_application,
    (h.document_uid is not null)::bigint as documents_found
from application_fact as f
left join header as h on h.document_uid = f.document_uid
where coalesce(h.is_judged, true)
