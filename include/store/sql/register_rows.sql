-- one row per asked document that the register knows
with first_event as (
    -- of these documents, what first happened to them and was booked or reversed
    select b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no, b.event_date
    from asked as a
    join tieout.event_booking as b on b.document_uid = a.document_uid
    where b.event_type in (1, 10, 20, 30) and not b.is_superseded
),
standing as (
    select b.document_uid, max(b.event_date) as accounted_date
    from first_event as b
    left join first_event as v
        on v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence and v.reverses_no = b.booking_no
    where b.reverses_no is null and v.document_uid is null
    group by b.document_uid
)
select r.document_uid, r.state, r.version_no, r.batch_no, r.hash_version, r.accounted_hash, r.seen_hash,
    -- the day of what first happened to it, as last booked
    s.accounted_date,
    r.is_live
from asked as a
join tieout.document_register as r on r.document_uid = a.document_uid
left join standing as s on s.document_uid = r.document_uid
