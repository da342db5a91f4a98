-- one row per document that is more than a draft: what its header says
select
    d.document_uid, d.document_type, d.native_id, d.bucket,
    d.legal_entity_code,
    d.currency,
    d.document_date,
    coalesce(d.status, 'without status') as status,
    d.document_type || ' ' || coalesce(d.status, 'without status') as typed_status,
    h.copies,
    coalesce(
        (d.document_type in ('invoice', 'credit_memo') and d.status = 'void' and d.voided_date is null)
        or (d.document_type = 'invoice' and d.status = 'written_off' and d.written_off_date is null)
        or (d.document_type = 'payment' and d.status = 'reversed' and d.reversed_date is null)
        or (d.document_type = 'refund' and d.status = 'failed' and d.failed_date is null)
        or (d.document_type = 'payout' and d.status = 'failed' and d.failed_date is null)
        or (d.document_type = 'dispute' and d.status = 'lost' and d.closed_date is null),
        false)::bigint as missing_status_dates,
    coalesce(d.document_date - e.latest_date, 0)::bigint as days_too_far,
    e.today,
    e.max_future_days
from document as d
join header as h on h.document_uid = d.document_uid
left join legal_entity as e on e.code = d.legal_entity_code
