-- one row per legal entity: the day up to which its lines are recognised after this run
select legal_entity_code, max(as_of) as through_date from checkpoint group by legal_entity_code;
