-- one row per journal entry to be, before it has an id. `members` names the bookings in it, whatever their order: a night
-- that is accounted again after a restore gives the same entries the same ids, and no other booking ever can
with booking as (
    select distinct
        s.legal_entity_code, s.posting_date, s.period_name, s.currency, s.category, s.held_reason, g.part_count,
        part_of(s.document_uid, g.part_count) as part_no,
        sha256(
            hashed_field(s.document_uid) || hashed_field(s.event_type) || hashed_field(s.occurrence)
            || hashed_field(s.booking_no) || hashed_field(s.reverses_no) || hashed_field(hex(s.payload_hash))) as digest
    from subledger_entry as s
    join group_part as g
        on g.legal_entity_code = s.legal_entity_code and g.posting_date = s.posting_date and g.period_name = s.period_name
        and g.currency = s.currency and g.category = s.category and g.held_reason is not distinct from s.held_reason
)
select
    legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no, part_count,
    count(*)::varchar || ':' || sum(('0x' || substr(digest, 1, 15))::bigint)::varchar
        || ':' || sum(('0x' || substr(digest, 16, 15))::bigint)::varchar as members
from booking
group by legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no, part_count
order by legal_entity_code, posting_date, period_name, currency, category, held_reason, part_no;
