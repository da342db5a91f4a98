-- one row per asked document that the register knows, and as what it was last booked: the day of what first happened to it, its currency
-- and legal entity
select r.document_uid, r.state, r.version_no, r.batch_no, r.hash_version, r.accounted_hash, r.seen_hash, s.accounted_date, r.is_live,
    s.accounted_currency, s.accounted_entity_code
from asked as a
join tieout.document_register as r on r.document_uid = a.document_uid
left join lateral (
    select max(b.event_date) filter (where b.event_type in (1, 10, 20, 30)) as accounted_date, (array_agg(e.currency::text order by b.booking_no desc, b.event_type))[1] as accounted_currency,
        (array_agg(e.legal_entity_code order by b.booking_no desc, b.event_type))[1] as accounted_entity_code
    from tieout.event_booking as b
    join tieout.journal_entry as e on e.id = b.journal_entry_id
    where b.document_uid = r.document_uid and b.event_type in (1, 10, 20, 30, 40, 50, 60) and b.reverses_no is null and not b.is_superseded
        and not exists (
            select from tieout.event_booking as v
            where v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence
                and v.reverses_no = b.booking_no and not v.is_superseded)
) as s on true
