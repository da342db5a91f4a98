-- one row per legal entity, document type, day and currency of the open periods: billing's own total beside the register's
create or replace temp table kept_day as
with since as (
    select document_date as day from control_totals where check_name = 'since'
),
covered as (
    select distinct document_type from control_totals where check_name in ('kept', 'earlier')
),
kept as (
    select * from control_totals where check_name = 'kept'
)
select
    coalesce(k.legal_entity_code, r.legal_entity_code) as legal_entity_code, coalesce(k.document_type, r.document_type) as document_type,
    coalesce(k.document_date, r.document_date) as document_date, coalesce(k.currency, r.currency) as currency,
    coalesce(k.row_count, 0) as kept_count, coalesce(k.total_minor, 0) as kept_minor,
    coalesce(r.document_count, 0) as registered_count, coalesce(r.total_minor, 0) as registered_minor,
    c.document_type is not null as is_covered
from kept as k
full join registered as r
    on r.legal_entity_code = k.legal_entity_code and r.document_type = k.document_type and r.document_date = k.document_date
    and r.currency = k.currency
left join covered as c on c.document_type = coalesce(k.document_type, r.document_type)
left join open_since as o on o.legal_entity_code = coalesce(k.legal_entity_code, r.legal_entity_code)
-- of a legal entity that is none of ours: all that billing told
where coalesce(k.document_date, r.document_date) >= greatest(coalesce((select day from since), date '0001-01-01'), coalesce(o.since, date '0001-01-01'));
