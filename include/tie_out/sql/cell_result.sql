-- one row per document of a cell that billing has and we do not, or we have and billing does not, or that differs in total.
-- What billing wrote after the night was read is not judged
with billed as (
    select document_uid(getvariable('source_code'), getvariable('tenant'), getvariable('document_type'), native_id)::uuid as document_uid, *
    from billed_documents
    where is_live or getvariable('with_deleted')
),
told as (
    from billed where row_xid < getvariable('horizon_to')
),
known as (
    select document_uid::uuid as document_uid, total_minor from known_documents
)
select coalesce(b.document_uid, k.document_uid)::varchar as document_uid, b.native_id,
    case when k.document_uid is null then 'missing' when b.document_uid is null then 'surplus' else 'other total' end as fact
from told as b
full join known as k on k.document_uid = b.document_uid
where coalesce(b.document_uid, k.document_uid) not in (select document_uid from billed where row_xid >= getvariable('horizon_to'))
    and (k.document_uid is null or b.document_uid is null or k.total_minor <> b.total_minor)
order by fact, native_id;
