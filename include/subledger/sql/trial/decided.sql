-- one row per document of the bucket: what it is, and the rule by which it is quarantined if it is
select d.document_uid, d.document_type, d.native_id, coalesce(e.code, 'UNASSIGNED') as legal_entity_code, coalesce(c.code, 'unknown') as currency,
    d.total_minor, case when d.step = 'quarantined' then q.rule end as reason
from decision as d
left join (select document_uid, min(rule) as rule from finding where quarantines group by document_uid) as q on q.document_uid = d.document_uid
left join legal_entity as e on e.code = d.legal_entity_code
left join currency as c on c.code = d.currency
where d.bucket = getvariable('bucket')
