-- one row per subledger entry that undoes a stored one: same account, party, dimensions and amount, other side
insert into subledger_entry
select
    b.booking_id, b.bucket, s.line_no, s.account_code, s.party_key, s.role, s.department, s.region, s.product_line, -s.amount_minor, s.rule_id
from booking as b
join stored_entry as s
    on s.document_uid = b.document_uid and s.event_type = b.event_type and s.occurrence = b.occurrence and s.booking_no = b.reverses_no
where b.bucket = getvariable('bucket') and b.reverses_no is not null;
