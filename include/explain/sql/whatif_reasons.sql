-- one row per legal entity, currency and reason for which documents are left out of the comparison
select legal_entity_code, currency, reason, count(*) as document_count, sum(total_minor)::bigint as total_minor,
    list(document_type || ':' || native_id order by abs(total_minor) desc, document_type, native_id)[1:getvariable('named')] as documents
from left_out
group by legal_entity_code, currency, reason
order by legal_entity_code, currency, reason
