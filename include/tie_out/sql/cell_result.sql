-- one row per document of a cell that billing has and we do not, or we have and billing does not, or that differs in total.
-- From the horizon on nobody can tell what the night's snapshot saw: what is only there now may be new, and what changed is not judged
with billed as (
    select document_uid(getvariable('source_code'), getvariable('tenant'), getvariable('document_type'), native_id) as document_uid, *,
        row_xid >= getvariable('horizon_to') as is_later
    from billed_documents
),
told as (
    from billed where is_live or getvariable('with_deleted')
),
known as (
    select document_uid::uuid as document_uid, total_minor from known_documents
),
judged as (
    select coalesce(b.document_uid, k.document_uid) as document_uid, b.native_id,
        case
            when k.document_uid is null then if(b.is_later, 'missing or written since', 'missing')
            when b.document_uid is null then 'surplus'
            when b.total_minor <> k.total_minor then 'with another total'
        end as fact
    from told as b
    full join known as k on k.document_uid = b.document_uid
)
select document_uid::varchar as document_uid, native_id, fact
from judged
where fact is not null
    and (fact = 'missing or written since' or document_uid not in (select document_uid from billed where is_later))
order by fact, native_id;
