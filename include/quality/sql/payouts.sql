-- one row per payout, with what its items add up to; one without items adds up to nothing and differs from nothing
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    (d.total_minor is null)::bigint as missing_totals,
    (d.processor is null)::bigint as missing_processors,
    coalesce(d.total_minor, l.line_amount, 0) as total_minor,
    coalesce(l.line_amount, d.total_minor, 0) as item_total,
    coalesce(l.unknown_items, 0) as unknown_items,
    coalesce(l.adjustment_items, 0) as adjustment_items
from document as d
left join line_fact as l on l.document_uid = d.document_uid
where d.document_type = 'payout'
