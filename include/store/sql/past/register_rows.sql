-- one row per asked document that the register knew before the batch at hand, and as what it was last booked: the day of what first
-- happened to it, its currency and legal entity
select k.document_uid, k.state, k.version_no, k.batch_no, 1::smallint as hash_version, k.accounted_hash, k.seen_hash, s.accounted_date,
    true as is_live, s.accounted_currency, s.accounted_entity_code,
    exists (select from withdrawn as w where w.document_uid = k.document_uid and w.event_type in (1, 10, 20, 30, 40, 50, 60)) as is_withdrawn
from known as k
left join lateral (
    select max(b.event_date) filter (where b.event_type in (1, 10, 20, 30)) as accounted_date, (array_agg(e.currency::text order by b.booking_no desc, b.event_type))[1] as accounted_currency,
        (array_agg(e.legal_entity_code order by b.booking_no desc, b.event_type))[1] as accounted_entity_code
    from booked as b
    join tieout.journal_entry as e on e.id = b.journal_entry_id
    where b.document_uid = k.document_uid and b.event_type in (1, 10, 20, 30, 40, 50, 60) and b.reverses_no is null and not b.is_superseded
        and not exists (
            select from booked as v
            where v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence
                and v.reverses_no = b.booking_no and not v.is_superseded)
) as s on true
