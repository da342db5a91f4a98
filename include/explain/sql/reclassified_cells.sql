-- one row per legal entity, period and account: what is added in its own currency, of how many documents, and the largest of them by name
select s.legal_entity_code, s.period_name, s.account_code, e.currency, max(s.held_reason) as held_reason,
    sum(s.amount_minor)::bigint as amount_minor, count(*) as document_count,
    list(c.document_type || ':' || c.native_id order by abs(s.amount_minor) desc, c.document_type, c.native_id)[1:getvariable('named')] as documents
from reclassified_sum as s
join own_currency as e on e.legal_entity_code = s.legal_entity_code
join chosen as c on c.document_uid = s.document_uid
group by s.legal_entity_code, s.period_name, s.account_code, e.currency
order by s.legal_entity_code, s.period_name, s.account_code
