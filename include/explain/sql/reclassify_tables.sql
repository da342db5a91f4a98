-- one row per document that is to be booked anew, by type and name
create or replace table chosen (document_uid uuid, document_type varchar, native_id varchar);
