-- one row per document of the bucket, day of the event and account, in the entity's own currency: what the other rules make of it
create or replace temp table ruled_sum as
select document_uid, legal_entity_code, event_date, account_code, amount_minor from sums_file
