-- one row per landed document of the bucket: the decision taken, for evidence
select o.document_uid::varchar as document_uid, document_type, native_id, legal_entity_code, currency, document_date, total_minor,
    outcome, reason, hex(seen_hash) as seen_hash, hex(accounted_hash) as accounted_hash, prior_version_no
from outcome as o
where bucket = getvariable('bucket')
order by o.document_uid;
