-- one row per payout
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    (d.total_minor is null)::bigint as missing_totals,
    (d.processor is null)::bigint as missing_processors
from document as d
where d.document_type = 'payout'
