-- one row per new version of a document
select document_uid, (coalesce(prior_version_no, 0) + 1)::integer as version_no, getvariable('batch_no')::bigint as batch_no, state, seen_hash
from outcome
where is_new_version
order by document_uid;
