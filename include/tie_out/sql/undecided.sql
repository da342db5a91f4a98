-- the documents of the bucket that landed and were decided upon unlike
insert into undecided
with o as (
    select document_uid, count(*) as times, any_value(document_type) as document_type, any_value(native_id) as native_id,
        any_value(legal_entity_code) as legal_entity_code, any_value(currency) as currency, any_value(total_minor) as total_minor
    from decided
    group by document_uid
)
select coalesce(l.document_type, o.document_type), coalesce(l.legal_entity_code, o.legal_entity_code),
    coalesce(l.currency, o.currency), coalesce(l.native_id, o.native_id),
    case
        when o.document_uid is null then 'landed, not decided'
        when l.document_uid is null then 'decided, not landed'
        when o.times > 1 then 'decided ' || o.times || ' times'
        else 'decided as ' || o.total_minor || ' of ' || o.legal_entity_code || ' ' || o.currency
    end
from landed as l
full join o on o.document_uid = l.document_uid
where l.document_uid is null or o.document_uid is null or o.times > 1
    or (l.legal_entity_code, l.currency, l.total_minor) <> (o.legal_entity_code, o.currency, o.total_minor);
