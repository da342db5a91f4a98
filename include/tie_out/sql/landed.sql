-- one row per landed document of the bucket, and per deletion of a document that is not there any more
create or replace temp table landed as
select d.document_uid, d.document_type, d.native_id, coalesce(e.code, 'UNASSIGNED') as legal_entity_code,
    coalesce(c.code, 'unknown') as currency, coalesce(d.total_minor, 0) as total_minor
from document_once('landed_documents') as d
left join known_entity as e on e.code = d.legal_entity_code
left join known_currency as c on c.code = d.currency
union all
-- a deletion does not say what the document was: that is in the decision, so only its being there is compared
select distinct x.document_uid, x.document_type, x.native_id, coalesce(o.legal_entity_code, 'UNASSIGNED'),
    coalesce(o.currency, 'unknown'), coalesce(o.total_minor, 0)
from landed_deletions as x
left join decided as o on o.document_uid = x.document_uid
where x.document_uid not in (select document_uid from landed_documents);
