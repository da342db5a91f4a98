-- one row per journal entry that carries something of the documents at hand
select distinct s.journal_entry_id::varchar as entry_id
from stored_entry as s
where list_contains(getvariable('wanted_uids')::uuid[], s.document_uid)
