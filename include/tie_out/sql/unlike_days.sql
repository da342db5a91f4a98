-- one row per day on which billing's own total and the register differ, the earliest first
select legal_entity_code, document_type, document_date, currency, kept_count, kept_minor, registered_count, registered_minor
from kept_day
where is_covered and (kept_count, kept_minor) <> (registered_count, registered_minor)
order by document_date, legal_entity_code, document_type, currency;
