-- of what differs, only what a person takes out of the books: the events that were named, what rests on them in the same document, and
-- what is applied to it. Nothing is booked
create or replace temp table event_delta as
with named as (
    from withdrawn_event
),
concerned as (
    select e.document_uid, e.event_type, e.occurrence
    from event_delta as e
    semi join (from named where event_type in (1, 10, 20, 30, 40, 50, 60)) as n on n.document_uid = e.document_uid
    union
    select e.document_uid, e.event_type, e.occurrence
    from event_delta as e
    semi join (from named where occurrence <> uuid '00000000-0000-0000-0000-000000000000') as n
        on n.document_uid = e.document_uid and n.occurrence = e.occurrence
    union
    select document_uid, event_type, occurrence from named
    union
    select e.document_uid, e.event_type, e.occurrence
    from event_delta as e
    semi join withdrawn_application as a on a.document_uid = e.document_uid and a.occurrence = e.occurrence
)
select e.*
from event_delta as e
semi join concerned as c on c.document_uid = e.document_uid and c.event_type = e.event_type and c.occurrence = e.occurrence
where e.reverses_no is not null;
