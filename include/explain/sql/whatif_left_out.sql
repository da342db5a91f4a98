-- the documents of the bucket that the other rules do not account
insert into left_out
select document_uid, document_type, native_id, legal_entity_code, currency, total_minor, reason
from stored_file
where reason is not null
