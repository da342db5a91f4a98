-- one row per legal entity, document type, day and currency of the totals that billing keeps itself, from a day on;
-- that day; and each document type of which it keeps totals of earlier days only
select
    'kept'::text as check_name,
    'documents'::text as dataset,
    k.document_type::text as document_type,
    k.legal_entity_code::text as legal_entity_code,
    k.document_date::date as document_date,
    k.currency::text as currency,
    k.document_count::bigint as row_count,
    case when k.total_minor is not null then least(greatest(k.total_minor, -9e18), 9e18) end::bigint as total_minor,
    case when k.open_minor is not null then least(greatest(k.open_minor, -9e18), 9e18) end::bigint as open_minor
from billing.control_totals as k
where k.document_date >= current_setting('tieout.totals_since')::date
union all
select 'since', 'documents', null, null, current_setting('tieout.totals_since')::date, null, 0, 0, 0
union all
select 'earlier', 'documents', k.document_type::text, null, null, null, 0, 0, 0
from billing.control_totals as k
group by k.document_type
having max(k.document_date) < current_setting('tieout.totals_since')::date
