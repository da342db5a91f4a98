-- one row per event that was asked for and is reversed, with its document by name
select document_uid, event_type, occurrence, document_type, native_id
from reversed_event
where is_scope
order by document_uid, event_type, occurrence
