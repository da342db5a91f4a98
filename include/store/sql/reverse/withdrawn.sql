-- the events that no night books again until a person lifts it
insert into tieout.withdrawn_event (document_uid, event_type, occurrence, batch_no, source_code, document_type, native_id)
select n.document_uid::uuid, n.event_type, n.occurrence::uuid, b.batch_no, b.source_code, n.document_type, n.native_id
from new_withdrawn as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
