-- what is decided upon the chosen documents
create or replace temp table decided as select document_uid, document_type, native_id, legal_entity_code, currency, total_minor, outcome, reason from stored_file
