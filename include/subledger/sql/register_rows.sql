-- one row per document that the register knows otherwise
select document_uid, state, getvariable('hash_version')::smallint as hash_version, seen_hash, accounted_hash,
    (prior_version_no + case when is_new_version then 1 else 0 end)::integer as version_no,
    billed_entity_code as legal_entity_code, billed_currency as currency, document_date, total_minor, is_live
from registered
where not is_first and (is_new_version or is_moved)
order by document_uid;
