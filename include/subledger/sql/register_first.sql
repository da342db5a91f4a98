-- one row per document seen for the first time, as the register keeps it; source, batch and snapshot are known by now
select document_uid, getvariable('source_id')::smallint as source_id, document_type_code as document_type, state,
    getvariable('hash_version')::smallint as hash_version, 1::integer as version_no, getvariable('batch_no')::bigint as batch_no,
    getvariable('seen_rank')::bigint as seen_rank, accounted_hash, seen_hash, billed_entity_code as legal_entity_code,
    billed_currency as currency, document_date, total_minor, is_live
from registered
where is_first
order by document_uid;
