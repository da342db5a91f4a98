-- one row per journal entry to be, before it has an id. `members` names the bookings in it, whatever their order: a night
-- that is accounted again after a restore gives the same entries the same ids, and no other booking ever can
with member as (
    select
        b.group_no, part_of(b.document_uid, g.part_count) as part_no,
        -- three names of 16 bytes each, and what follows is short: one block for SHA-256
        sha256(
            b.document_uid::blob || b.occurrence::blob || b.payload_hash::blob
            || encode(concat(hashed_number(b.event_type), hashed_number(b.booking_no), hashed_number(b.reverses_no)))) as digest
    from booking as b
    join posting_group as g on g.group_no = b.group_no
),
summed as (
    select
        group_no, part_no,
        count(*)::varchar || ':' || sum(('0x' || substr(digest, 1, 15))::bigint)::varchar
            || ':' || sum(('0x' || substr(digest, 16, 15))::bigint)::varchar as members
    from member
    group by group_no, part_no
)
select g.group_no, g.legal_entity_code, g.posting_date, g.period_name, g.currency, g.category, g.held_reason, m.part_no, g.part_count, m.members
from summed as m
join posting_group as g on g.group_no = m.group_no
order by g.legal_entity_code, g.posting_date, g.period_name, g.currency, g.category, g.held_reason, m.part_no;
