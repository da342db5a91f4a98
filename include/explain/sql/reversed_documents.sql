-- one row per document that is read for a reversal
create or replace temp table reclassified_event as
select c.document_uid, e.event_type, e.occurrence, false as is_astray
from chosen as c
left join scope_event as e on e.document_uid = c.document_uid
