-- one row per legal entity and day that an event of the portion wants to be posted on
create or replace temp table delta_day as
select distinct coalesce(s.legal_entity_code, e.legal_entity_code) as legal_entity_code, e.base_date
from event_delta as e
left join stored_entry as s
    on s.document_uid = e.document_uid and s.event_type = e.event_type and s.occurrence = e.occurrence
    and s.booking_no = e.reverses_no;
