-- what the portion's bookings add to what legal entities owe each other
insert into intercompany_leg
select s.booking_id, coalesce(any_value(l.sister_code), any_value(h.sister)), sum(s.amount_minor)::bigint
from subledger_entry as s
join entry_coding as c on c.coding_no = s.coding_no and c.role in ('due_from_affiliates', 'due_to_affiliates')
join booking as b on b.booking_id = s.booking_id
left join sister_leg as l
    on l.document_uid = b.document_uid and l.event_type = b.event_type and l.occurrence = b.occurrence
    and l.is_reversal = (b.reverses_no is not null)
left join event_shape as h on h.shape_no = c.shape_no
group by s.booking_id
having sum(s.amount_minor) <> 0;
