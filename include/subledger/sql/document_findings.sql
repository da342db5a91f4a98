-- one row per document of the bucket and rule that it breaks: what the data-quality suites found in it, and what only the
-- register can know. A document that is left out of the books, or was deleted, raises nothing
insert into finding
with judged as (
    select d.document_uid, d.document_date, e.max_backdated_days, r.accounted_date
    from bucket_documents as d
    join document_state as s on s.document_uid = d.document_uid
    left join legal_entity as e on e.code = d.legal_entity_code
    left join register_row as r on r.document_uid = d.document_uid
    where s.exclusion is null and not s.is_deleted
)
select f.document_uid, f.rule, f.detail, f.quarantines
from validation_finding as f
where f.bucket = getvariable('bucket') and f.document_uid in (select j.document_uid from judged as j)
union all
select document_uid, 'backdated', 'accounted on ' || accounted_date || ', now dated ' || document_date, true
from judged
where document_date < accounted_date - max_backdated_days;
