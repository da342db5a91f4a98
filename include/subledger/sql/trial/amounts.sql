-- one row per subledger entry of the bucket on the days looked at, in the entity's own currency: what the rules make of its documents
select b.document_uid, g.legal_entity_code, b.event_date, c.account_code, coalesce(s.functional_minor, s.amount_minor) as amount_minor
from subledger_entry as s
join booking as b on b.booking_id = s.booking_id
join posting_group as g on g.group_no = b.group_no
join entry_coding as c on c.coding_no = s.coding_no
where s.bucket = getvariable('bucket') and b.event_date between getvariable('first_day') and getvariable('last_day')
