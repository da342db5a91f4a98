-- one row per row of `named`, in its order: the name of that document, and the bucket of evidence that holds it
select
    document_uid(getvariable('source_code'), getvariable('tenant'), n.document_type, n.native_id) as document_uid,
    document_bucket(document_uid(getvariable('source_code'), getvariable('tenant'), n.document_type, n.native_id)) as bucket
from named as n
