-- one row per document type, legal entity, currency and outcome of the batch
select document_type, legal_entity_code, currency, outcome, sum(document_count)::bigint as document_count,
    sum(total_minor)::bigint as total_minor
from tieout.batch_outcome
where batch_no = current_setting('tieout.batch_no')::bigint
group by document_type, legal_entity_code, currency, outcome
