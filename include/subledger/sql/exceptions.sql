-- one row per document and cause that needs a person
create or replace table exception_row as
with found as (
    select document_uid, rule, detail from finding
    union all
    select document_uid, 'deleted_after_accounting', 'deleted in billing after it was accounted; the books keep it' from decision
    where step = 'deleted_after_accounting'
)
select
    'document|' || f.document_uid || '|' || f.rule as cause,
    r.category, r.severity, r.owner, getvariable('source_code') as source_code,
    o.legal_entity_code, o.currency, abs(o.total_minor) as amount_minor, o.document_type as subject_type, o.native_id as subject_id,
    o.document_uid as subject_uid,
    o.document_type || ' ' || o.native_id || ' of legal entity ' || o.legal_entity_code || ': ' || f.detail as message,
    r.suggested_fix
from found as f
join outcome as o on o.document_uid = f.document_uid
join exception_rule as r on r.rule = f.rule and r.legal_entity_code = o.legal_entity_code;
