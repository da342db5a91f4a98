-- one row per asked document that the register knows
select r.document_uid, r.state, r.version_no, r.batch_no, r.hash_version, r.accounted_hash, r.seen_hash,
    -- the day of what first happened to it, as last booked
    (select max(b.event_date) from tieout.event_booking as b
     where b.document_uid = r.document_uid and b.event_type in (1, 10, 20, 30) and b.reverses_no is null and not b.is_superseded
        and not exists (
            select from tieout.event_booking as v
            where v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence
                and v.reverses_no = b.booking_no and not v.is_superseded)) as accounted_date,
    r.is_live
from asked as a
join tieout.document_register as r on r.document_uid = a.document_uid
