-- one row per legal entity, document type, currency and month of the open periods
with cell as (
    select legal_entity_code, document_type, currency, strftime(document_date, '%Y-%m') as month, is_covered,
        sum(kept_count)::bigint as kept_count, sum(kept_minor)::bigint as kept_minor,
        sum(registered_count)::bigint as registered_count, sum(registered_minor)::bigint as registered_minor,
        count(*) filter (where (kept_count, kept_minor) <> (registered_count, registered_minor)) as unlike_days
    from kept_day
    where kept_count <> 0 or kept_minor <> 0 or registered_count <> 0 or registered_minor <> 0
    group by all
)
from cell
order by legal_entity_code <> 'UNASSIGNED', legal_entity_code, document_type, currency, month;
