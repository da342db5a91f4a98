-- one row per source, legal entity and currency of documents; `functional_minor` is in the entity's own currency, null where it is theirs
create table remaining_schedule (
    legal_entity_code varchar, document_currency varchar, remaining_minor bigint, functional_minor bigint);
