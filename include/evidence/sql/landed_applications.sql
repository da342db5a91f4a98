-- one row per application of the stream, in the bucket of the payment or credit memo that owns it, with the name of the
-- invoice it refers to
select
    r.*,
    document_uid(getvariable('source_code'), getvariable('tenant'), r.document_type, r.native_id) as document_uid,
    document_bucket(document_uid(getvariable('source_code'), getvariable('tenant'), r.document_type, r.native_id)) as bucket,
    document_uid(getvariable('source_code'), getvariable('tenant'), 'invoice', r.invoice_id) as invoice_uid
from stream as r
