-- one row per document type, legal entity, currency, outcome and reason: what became of everything that was read
select document_type, legal_entity_code, currency, outcome, reason, count(*) as document_count, sum(total_minor)::bigint as total_minor
from outcome
group by all
order by all;
