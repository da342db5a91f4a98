-- one row per document whose register row is new or differs
select document_uid::varchar as document_uid, document_type_code, state, getvariable('hash_version')::smallint as hash_version, seen_hash, accounted_hash,
    (coalesce(prior_version_no, 0) + case when is_new_version then 1 else 0 end)::integer as version_no, is_first, is_new_version,
    billed_entity_code as legal_entity_code, billed_currency as currency, document_date, total_minor, is_live
from outcome
where is_first or is_new_version or is_moved
order by document_uid;
