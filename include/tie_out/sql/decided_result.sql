-- one row per document type, legal entity and currency: landed beside decided beside counted, and how it was decided
with cell as (
    select document_type, legal_entity_code, currency,
        coalesce(sum(document_count) filter (where side = 'landed'), 0)::bigint as landed_count,
        coalesce(sum(total_minor) filter (where side = 'landed'), 0)::bigint as landed_minor,
        coalesce(sum(document_count) filter (where side = 'decided'), 0)::bigint as decided_count,
        coalesce(sum(total_minor) filter (where side = 'decided'), 0)::bigint as decided_minor,
        coalesce(sum(document_count) filter (where side = 'counted'), 0)::bigint as counted_count,
        coalesce(sum(total_minor) filter (where side = 'counted'), 0)::bigint as counted_minor
    from decided_cell
    group by all
),
outcome as (
    select document_type, legal_entity_code, currency, outcome,
        sum(document_count) filter (where side = 'counted') as counted, sum(document_count) filter (where side = 'decided') as decided
    from decided_cell
    where side <> 'landed'
    group by all
),
told as (
    select document_type, legal_entity_code, currency, string_agg(outcome || ' ' || coalesce(counted, 0), ', ' order by outcome) as outcomes,
        string_agg(outcome || ' ' || coalesce(decided, 0) || ' decided, ' || coalesce(counted, 0) || ' counted', ', ' order by outcome)
            filter (where counted is distinct from decided) as miscounted
    from outcome
    group by all
),
fact as (
    select document_type, legal_entity_code, currency, count(*) as document_count,
        array_to_string(list_slice(list(fact || ': ' || native_id order by native_id), 1, 5), '; ') as documents
    from undecided
    group by all
)
select c.*, coalesce(t.outcomes, '') as outcomes, t.miscounted, coalesce(f.document_count, 0)::bigint as unlike_count, f.documents
from cell as c
left join told as t using (document_type, legal_entity_code, currency)
left join fact as f using (document_type, legal_entity_code, currency)
order by c.legal_entity_code <> 'UNASSIGNED', c.legal_entity_code, c.document_type, c.currency;
