-- one row per legal entity and day that an event of the portion wants to be posted on
create or replace temp table delta_day as
select distinct coalesce(s.legal_entity_code, w.legal_entity_code) as legal_entity_code, e.base_date
from event_delta as e
left join stored_entry as s
    on s.document_uid = e.document_uid and s.event_type = e.event_type and s.occurrence = e.occurrence
    and s.booking_no = e.reverses_no
left join wanted_event as w
    on w.document_uid = e.document_uid and w.event_type = e.event_type and w.occurrence = e.occurrence and e.reverses_no is null;
