-- one row per event to book or to reverse that came to no entries, or to entries out of balance: there must be none
with net as (
    select booking_id, sum(amount_minor)::bigint as net_minor, coalesce(sum(functional_minor), 0)::bigint as functional_minor
    from subledger_entry
    group by booking_id
)
select e.document_uid, t.name as event, e.booking_no, coalesce(n.net_minor, 0) as net_minor, coalesce(n.functional_minor, 0) as functional_minor
from event_delta as e
join event_type as t on t.code = e.event_type
left join booking as b
    on b.document_uid = e.document_uid and b.event_type = e.event_type and b.occurrence = e.occurrence and b.booking_no = e.booking_no
    and b.portion = getvariable('portion')
left join net as n on n.booking_id = b.booking_id
where n.net_minor is null or n.net_minor <> 0 or n.functional_minor <> 0
order by e.document_uid
limit 20;
