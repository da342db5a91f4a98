-- one row per asked document that the register knew before the batch at hand
select k.document_uid, k.state, k.version_no, k.batch_no, 1::smallint as hash_version, k.accounted_hash, k.seen_hash,
    -- the day of what first happened to it, as last booked
    (select max(b.event_date) from booked as b
     where b.document_uid = k.document_uid and b.event_type in (1, 10, 20, 30) and b.reverses_no is null and not b.is_superseded
        and not exists (
            select from booked as v
            where v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence
                and v.reverses_no = b.booking_no and not v.is_superseded)) as accounted_date,
    true as is_live
from known as k
