-- one row per new version of a document that the register knows; the first version of a document stands there
select document_uid, (prior_version_no + 1)::integer as version_no, getvariable('batch_no')::bigint as batch_no, state, seen_hash
from registered
where is_new_version and not is_first
order by document_uid;
