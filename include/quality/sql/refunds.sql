-- one row per refund that is more than pending, with what stands behind it
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    (d.total_minor is null)::bigint as missing_totals,
    coalesce(d.total_minor, 0) as total_minor,
    coalesce(d.payment_unapplied_minor, 0) as unapplied_minor,
    case when d.credit_memo_id is null then greatest(coalesce(d.total_minor, 0) - coalesce(d.payment_unapplied_minor, 0), 0) else 0 end as uncovered_minor
from document as d
where d.document_type = 'refund'
