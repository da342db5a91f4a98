-- one row per event that is booked anew: it differs, and happened in the periods that were asked for. A document of which deferred
-- revenue differs outside of them as well is left out: its schedules could not be told as they stand
create or replace temp table reclassified_event as
with judged as (
    select document_uid, event_type, occurrence, defers,
        event_date between getvariable('first_day') and getvariable('last_day') as is_inside
    from moved_event
),
astray as (
    select distinct document_uid from judged where defers and not is_inside
)
select j.document_uid, j.event_type, j.occurrence, a.document_uid is not null as is_astray
from judged as j
left join astray as a on a.document_uid = j.document_uid
where j.is_inside;

insert into left_out
select c.document_uid, c.document_type, c.native_id, d.legal_entity_code, d.currency, d.total_minor, 'differs_outside_periods'
from (select distinct document_uid from reclassified_event where is_astray) as e
join chosen as c on c.document_uid = e.document_uid
join decided as d on d.document_uid = e.document_uid
