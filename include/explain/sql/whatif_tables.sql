-- one row per document to whom something happened between the first and the last day
create or replace table dated (document_uid uuid);
-- one row per document, period and account in which the books and the other rules differ
create or replace table difference (
    document_uid uuid, document_type varchar, native_id varchar, legal_entity_code varchar, currency varchar, period_name varchar,
    account_code varchar, booked_minor bigint, ruled_minor bigint);
-- one row per document that the other rules leave out of the books, and why
create or replace table left_out (
    document_uid uuid, document_type varchar, native_id varchar, legal_entity_code varchar, currency varchar, total_minor bigint,
    reason varchar)
