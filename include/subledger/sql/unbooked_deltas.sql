-- one row per event to book or to reverse that came to no entries, or to entries out of balance: there must be none
select e.document_uid::varchar as document_uid, t.name as event, e.booking_no, coalesce(sum(s.amount_minor), 0)::bigint as net_minor
from event_delta as e
join event_type as t on t.code = e.event_type
left join subledger_entry as s
    on s.document_uid = e.document_uid and s.event_type = e.event_type and s.occurrence = e.occurrence and s.booking_no = e.booking_no
group by e.document_uid, t.name, e.event_type, e.occurrence, e.booking_no
having count(s.document_uid) = 0 or coalesce(sum(s.amount_minor), 0) <> 0
order by e.document_uid
limit 20;
