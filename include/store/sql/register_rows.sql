-- one row per asked document that the register knows, and as what it was last booked: the day of what first happened to it, its currency
-- and legal entity
with booked as (
    select b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no, b.event_date, b.journal_entry_id
    from asked as a
    join tieout.event_booking as b on b.document_uid = a.document_uid
    where b.event_type in (1, 10, 20, 30, 40, 50, 60) and not b.is_superseded
),
standing as (
    select b.document_uid, max(b.event_date) filter (where b.event_type in (1, 10, 20, 30)) as accounted_date,
        (array_agg(e.currency::text order by b.booking_no desc, b.event_type))[1] as accounted_currency, (array_agg(e.legal_entity_code order by b.booking_no desc, b.event_type))[1] as accounted_entity_code
    from booked as b
    join tieout.journal_entry as e on e.id = b.journal_entry_id
    left join booked as v
        on v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence and v.reverses_no = b.booking_no
    where b.reverses_no is null and v.document_uid is null
    group by b.document_uid
)
select r.document_uid, r.state, r.version_no, r.batch_no, r.hash_version, r.accounted_hash, r.seen_hash, s.accounted_date, r.is_live,
    s.accounted_currency, s.accounted_entity_code,
    exists (
        select from tieout.withdrawn_event as w
        where w.document_uid = r.document_uid and w.event_type in (1, 10, 20, 30, 40, 50, 60) and w.lifted_at is null) as is_withdrawn
from asked as a
join tieout.document_register as r on r.document_uid = a.document_uid
left join standing as s on s.document_uid = r.document_uid
