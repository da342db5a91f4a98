-- one row per dataset, document type, legal entity and currency: what billing counted beside what landed
with cell as (
    select dataset, document_type, legal_entity_code, currency,
        coalesce(sum(row_count) filter (where side = 'counted'), 0)::bigint as counted_count,
        coalesce(sum(total_minor) filter (where side = 'counted'), 0)::bigint as counted_minor,
        coalesce(sum(row_count) filter (where side = 'landed'), 0)::bigint as landed_count,
        coalesce(sum(total_minor) filter (where side = 'landed'), 0)::bigint as landed_minor
    from window_cell
    group by all
)
from cell
order by dataset <> 'documents', dataset, document_type, legal_entity_code, currency;
