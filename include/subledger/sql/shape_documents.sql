-- the documents at hand are now only those that it takes to tell each shape of an event line that no earlier portion had
create or replace temp table live_document as
with told as (
    select any_value(l.document_uid) as document_uid
    from event_line as l
    anti join event_shape as s on s.first_key = l.first_key and s.second_key = l.second_key
    group by l.first_key, l.second_key
)
from live_document
semi join told using (document_uid);
