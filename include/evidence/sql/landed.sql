-- one row per row of the stream, with the name of its document and that document's bucket
select
    r.*,
    document_uid(getvariable('source_code'), getvariable('tenant'), r.document_type, r.native_id) as document_uid,
    document_bucket(document_uid(getvariable('source_code'), getvariable('tenant'), r.document_type, r.native_id)) as bucket
from stream as r
