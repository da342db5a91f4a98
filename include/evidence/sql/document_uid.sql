-- The name of a document everywhere in Tieout: the first 128 bits of a SHA-256 over four parts, each with its length in
-- bytes before it, so that no two different documents give the same text. A null part gives null.
create or replace temp macro document_uid(source_code, tenant, document_type, native_id) as (
    unhex(substring(
        sha256(
            strlen(source_code) || ':' || source_code
            || '|' || strlen(tenant) || ':' || tenant
            || '|' || strlen(document_type) || ':' || document_type
            || '|' || strlen(native_id) || ':' || native_id
        ),
        1, 32
    ))::uuid
);

-- Which of the 8 buckets of evidence holds a document with all that belongs to it.
create or replace temp macro document_bucket(uid) as (
    (('0x' || right(uid::varchar, 2))::integer % 8)::tinyint
);
