-- one row per journal entry to be, before it has an id: dated on the latest day that it gathers. `members` names the bookings in it,
-- whatever their order: a night that is accounted again after a restore gives the same entries the same ids, and no other booking
-- ever can
with place as (
    select g.group_no, g.entry_no, e.part_count
    from posting_group as g
    join entry_group as e on e.entry_no = g.entry_no
),
member as (
    select
        g.entry_no, part_of(b.document_uid, g.part_count) as part_no,
        -- three names of 16 bytes each, and what follows is short: one block for SHA-256
        sha256(
            b.document_uid::blob || b.occurrence::blob || b.payload_hash::blob
            || encode(concat(hashed_number(b.event_type), hashed_number(b.booking_no), hashed_number(b.reverses_no)))) as digest
    from booking as b
    join place as g on g.group_no = b.group_no
),
summed as (
    select
        entry_no, part_no,
        count(*)::varchar || ':' || sum(('0x' || substr(digest, 1, 15))::bigint)::varchar
            || ':' || sum(('0x' || substr(digest, 16, 15))::bigint)::varchar as members
    from member
    group by entry_no, part_no
),
latest as (
    select entry_no, max(posting_date) as posting_date from posting_group group by entry_no
)
select e.entry_no, e.legal_entity_code, l.posting_date, e.period_name, e.currency, e.category, e.held_reason, m.part_no, e.part_count, m.members
from summed as m
join entry_group as e on e.entry_no = m.entry_no
join latest as l on l.entry_no = m.entry_no
order by e.legal_entity_code, l.posting_date, e.period_name, e.currency, e.category, e.held_reason, m.part_no;
