-- one row per legal entity and day up to which no line was recognised before
select legal_entity_code, as_of from checkpoint where is_new;
