-- one row: how many documents the entry carries
select count(distinct document_uid) as document_count
from stored_entry
where journal_entry_id = getvariable('entry_id')::uuid
