-- one row per subledger entry of the bucket, for evidence. Which document and event it belongs to, and which journal entry
-- carries it, stands once per booking in `bookings`
select getvariable('batch_key')::bigint as batch_key, s.booking_id, s.line_no, c.account_code, c.party_key, c.role, c.department, c.region,
    c.product_line, s.amount_minor, s.functional_minor, s.fx_rate, s.fx_rate_date, c.rule_id, s.item_uid
from subledger_entry as s
join shown_coding as c on c.coding_no = s.coding_no
where s.bucket = getvariable('bucket')
-- always the same rows make the same bytes, so that a lost file can be made again
order by s.booking_id, s.line_no;
