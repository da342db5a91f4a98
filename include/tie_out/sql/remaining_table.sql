-- one row per source, legal entity and currency
create table remaining_schedule (legal_entity_code varchar, currency varchar, remaining_minor bigint, line_count bigint);
