-- one row per document with lines, unless it is a draft or deleted: whether it came itself, and whether each came once
select
    f.document_uid, f.document_type, f.native_id, f.bucket,
    f.line_count as row_count,
    coalesce(r.repeated_lines, 0) as repeated_rows,
    (h.document_uid is not null)::bigint as documents_found
from line_fact as f
left join repeated_line as r on r.document_uid = f.document_uid
left join header as h on h.document_uid = f.document_uid
where coalesce(h.is_judged, true)
