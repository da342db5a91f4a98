-- one row per event to book or booking to reverse in the portion. Per event exactly one live booking with the wanted content
-- must remain: what is live and not wanted is reversed, what is wanted and not live is booked, all else is left alone.
-- A reversal whose booking was given up before it was posted undoes nothing any more: it is reversed as well
create or replace temp table event_delta as
with on_file as (
    select b.*,
        max(b.booking_no) over (partition by b.document_uid, b.event_type, b.occurrence) as last_no
    from booking_row as b
),
live as (
    select b.*
    from on_file as b
    left join booking_row as o
        on o.document_uid = b.document_uid and o.event_type = b.event_type and o.occurrence = b.occurrence
        and o.booking_no = b.reverses_no
    where not b.is_superseded and (b.reverses_no is null or o.is_superseded)
        and not exists (
            from booking_row as r
            where r.document_uid = b.document_uid and r.event_type = b.event_type and r.occurrence = b.occurrence
                and r.reverses_no = b.booking_no and not r.is_superseded)
),
judged as (
    select l.*, l.reverses_no is null and w.document_uid is not null and o.document_uid is null
            and row_number() over (
                partition by l.document_uid, l.event_type, l.occurrence, l.payload_hash, l.reverses_no is null order by l.booking_no) = 1 as is_kept
    from live as l
    left join wanted_event as w
        on w.document_uid = l.document_uid and w.event_type = l.event_type and w.occurrence = l.occurrence
        and w.payload_hash = l.payload_hash
    left join reopened_event as o
        on o.document_uid = l.document_uid and o.event_type = l.event_type and o.occurrence = l.occurrence
),
reversal as (
    select document_uid, event_type, occurrence,
        (last_no + row_number() over (partition by document_uid, event_type, occurrence order by booking_no))::smallint as booking_no,
        booking_no as reverses_no, batch_no as reverses_batch_no, event_date, posting_date as base_date, payload_hash,
        -- what it was booked with is stored
        null::varchar as legal_entity_code, null::varchar as currency, null::date as document_date, null::varchar as customer_ref
    from judged
    where not is_kept
),
booking as (
    select w.document_uid, w.event_type, w.occurrence,
        (coalesce(f.last_no, 0) + coalesce(r.reversal_count, 0) + 1)::smallint as booking_no,
        null::smallint as reverses_no, null::bigint as reverses_batch_no, w.event_date,
        -- rebooked on the reversal's date, unless the event itself now lies on another day, or a person has it booked on its own
        case when r.event_date = w.event_date and not getvariable('dates_anew') then r.base_date else w.event_date end as base_date, w.payload_hash,
        w.legal_entity_code, w.currency, w.document_date, w.customer_ref
    from wanted_event as w
    left join judged as k
        on k.document_uid = w.document_uid and k.event_type = w.event_type and k.occurrence = w.occurrence and k.is_kept
    left join (
        select document_uid, event_type, occurrence, max(booking_no) as last_no from booking_row group by all
    ) as f on f.document_uid = w.document_uid and f.event_type = w.event_type and f.occurrence = w.occurrence
    left join (
        select document_uid, event_type, occurrence, count(*) as reversal_count, max(event_date) as event_date, max(base_date) as base_date
        from reversal group by all
    ) as r on r.document_uid = w.document_uid and r.event_type = w.event_type and r.occurrence = w.occurrence
    where k.document_uid is null
)
select * from reversal
union all
select * from booking;
