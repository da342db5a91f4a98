-- one row per legal entity, period, account and currency with a difference: of how many documents, and the largest of them by name
select legal_entity_code, period_name, account_code, currency, sum(booked_minor)::bigint as booked_minor,
    sum(ruled_minor)::bigint as ruled_minor, count(*) as document_count,
    list(document_type || ':' || native_id order by abs(ruled_minor - booked_minor) desc, document_type, native_id)[1:getvariable('named')]
        as documents
from difference
group by legal_entity_code, period_name, account_code, currency
order by legal_entity_code, period_name, account_code, currency
