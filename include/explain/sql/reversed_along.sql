-- one row per kind of event that rests on what is reversed and goes with it
select r.event_type, count(distinct r.document_uid) as document_count,
    list(distinct r.document_type || ':' || r.native_id order by r.document_type || ':' || r.native_id)[1:getvariable('named')] as documents
from reversed_event as r
where not r.is_scope
group by r.event_type
order by r.event_type
