-- one row per document of the portion that billing deleted for good, with what it was when last accounted
insert into document_state
select
    x.document_uid, getvariable('portion')::tinyint, any_value(x.bucket), any_value(x.document_type), any_value(x.native_id), any_value(p.legal_entity_code), any_value(p.currency), null,
    coalesce(any_value(p.total_minor), 0), uuid '00000000-0000-0000-0000-000000000000', null, true, true
from portion_deletions as x
left join prior_decision as p on p.document_uid = x.document_uid
where not exists (from document_state as s where s.document_uid = x.document_uid)
group by x.document_uid;
