-- one row per document with tax rows, unless it is a draft or deleted: whether it came itself, and whether each came once
select
    f.document_uid, f.document_type, f.native_id, f.bucket,
    f.row_count,
    coalesce(r.repeated_rows, 0) as repeated_rows,
    f.taxes_without_line,
    (h.document_uid is not null)::bigint as documents_found
from tax_fact as f
left join repeated_tax as r on r.document_uid = f.document_uid
left join header as h on h.document_uid = f.document_uid
where coalesce(h.is_judged, true)
