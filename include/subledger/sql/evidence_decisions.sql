-- one row per landed document of the bucket: the decision taken, for evidence
select document_uid, document_type, native_id, legal_entity_code, currency, document_date, total_minor, outcome, reason, seen_hash,
    prior_version_no
from outcome
where bucket = getvariable('bucket')
-- always the same rows make the same bytes, so that a lost file can be made again
order by document_uid;
