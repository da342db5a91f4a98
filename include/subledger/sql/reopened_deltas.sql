-- of what differs, only events that were named, and only where something is undone and booked anew: what never was booked, or has no
-- place in the books any more, is for a night to settle
create or replace temp table event_delta as
with undone_and_booked as (
    select document_uid, event_type, occurrence
    from event_delta
    group by all
    having bool_or(reverses_no is null) and bool_or(reverses_no is not null)
)
select e.*
from event_delta as e
semi join undone_and_booked as b on b.document_uid = e.document_uid and b.event_type = e.event_type and b.occurrence = e.occurrence
semi join reopened_event as r on r.document_uid = e.document_uid and r.event_type = e.event_type and r.occurrence = e.occurrence;
