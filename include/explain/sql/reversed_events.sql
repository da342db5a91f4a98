-- one row per event that is reversed: whether it was asked for, or rests on what was
create or replace temp table reversed_event as
select b.document_uid, b.event_type, b.occurrence, c.document_type, c.native_id, e.document_uid is not null as is_scope
from bookings_file as b
join chosen as c on c.document_uid = b.document_uid
left join scope_event as e on e.document_uid = b.document_uid and e.event_type = b.event_type and e.occurrence = b.occurrence
where b.reverses_no is not null;

-- and of what was asked for and is not reversed, why: the document is not what the books have of it any more
insert into left_out
select e.document_uid, coalesce(c.document_type, d.document_type), coalesce(c.native_id, d.native_id), d.legal_entity_code, d.currency, d.total_minor,
    case when c.document_uid is null then 'deleted_after_accounting' else coalesce(nullif(d.reason, ''), d.outcome, 'unknown') end
from (select distinct document_uid from scope_event) as e
left join chosen as c on c.document_uid = e.document_uid
left join decided as d on d.document_uid = e.document_uid
where not exists (from reversed_event as r where r.document_uid = e.document_uid and r.is_scope)
