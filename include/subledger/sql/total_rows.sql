-- one row per cell of billing's totals: its documents that this batch writes into the register
select billed_entity_code as legal_entity_code, document_type_code as document_type, document_date, billed_currency as currency,
    count(*) as document_count, sum(total_minor)::bigint as total_minor
from registered
where (is_first or is_new_version or is_moved) and is_live and document_date is not null
group by all
order by all;
