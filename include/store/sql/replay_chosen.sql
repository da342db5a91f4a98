-- one row per standing exception that is to be tried again: a document that a source can give again, or an entry that the ERP refused
select x.id, x.source_code, x.legal_entity_code, x.category, x.subject_type, x.subject_id, x.subject_uid,
    e.reference, e.state = 'rejected' as is_rejected
from exception as x
left join journal_entry as e on x.subject_type = 'journal_entry' and e.id = x.subject_uid
where x.state = 'open'
    and (x.subject_type = any(%(document_types)s) and x.subject_uid is not null and x.source_code is not null or e.reference is not null)
    and (%(entities)s::text[] = '{}' or x.legal_entity_code = any(%(entities)s))
    and (%(categories)s::text[] = '{}' or x.category = any(%(categories)s))
    and (%(documents)s::text[] = '{}' or x.subject_type || ':' || x.subject_id = any(%(documents)s))
order by x.cause
for update of x
