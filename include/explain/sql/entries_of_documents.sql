-- one row per journal entry that carries something of the documents at hand
select distinct s.journal_entry_id::varchar as entry_id
from stored_entry as s
where s.document_uid in (select w.document_uid::uuid from wanted as w)
