-- one row per document that the next night reads again
select document_uid, document_type, native_id, retry_reason as reason from outcome where retry_reason is not null;
