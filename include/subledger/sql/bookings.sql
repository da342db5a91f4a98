-- one row per event booked or reversed in the portion, in its group
insert into booking
select
    (select coalesce(max(booking_id), 0) from booking)
        + row_number() over (order by b.document_uid, b.event_type, b.occurrence, b.booking_no),
    d.document_no, getvariable('portion')::tinyint, d.bucket, g.group_no, b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no,
    b.document_date, b.event_date, b.customer_ref, b.payload_hash
from placed_booking as b
join decision as d on d.document_uid = b.document_uid
join posting_group as g
    on g.legal_entity_code = b.legal_entity_code and g.posting_date = b.posting_date and g.period_name = b.period_name
    and g.currency = b.currency and g.category = b.category and coalesce(g.held_reason, '') = coalesce(b.held_reason, '');
