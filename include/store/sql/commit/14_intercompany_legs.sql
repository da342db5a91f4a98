-- what legal entities owe each other by these bookings; a leg that is undone alone concerns the same other one as before
insert into tieout.intercompany_leg (document_uid, event_type, occurrence, booking_no, batch_no, document_type, native_id,
    legal_entity_code, sister_code, currency, amount_minor, journal_entry_id)
select n.document_uid, n.event_type, n.occurrence, n.booking_no, b.batch_no, n.document_type, n.native_id,
    n.legal_entity_code, coalesce(n.sister_code, o.sister_code), n.currency, n.amount_minor, n.journal_entry_id
from new_intercompany as n
cross join tieout.batch as b
left join tieout.intercompany_leg as o
    on o.document_uid = n.document_uid and o.event_type = n.event_type and o.occurrence = n.occurrence and o.booking_no = n.reverses_no
where b.id = (select id::uuid from new_batch)
