-- one row per asked batch whose evidence is still read: documents whose newest version, or whose standing booking, it holds
select n.batch_no, count(distinct n.document_uid) as document_count
from (
    select r.batch_no, r.document_uid
    from document_register as r
    where r.batch_no = any(%(batches)s) and r.state <> 4
    union all
    select b.batch_no, b.document_uid
    from event_booking as b
    where b.batch_no = any(%(batches)s) and b.reverses_no is null and not b.is_superseded
        and not exists (
            select from event_booking as v
            where v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence
                and v.reverses_no = b.booking_no and not v.is_superseded)) as n
group by n.batch_no
