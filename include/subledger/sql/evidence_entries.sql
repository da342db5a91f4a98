-- one row per subledger entry of the bucket, for evidence. Which document and event it belongs to, and which journal entry
-- carries it, stands once per booking in `bookings`
select getvariable('batch_key')::bigint as batch_key, booking_id, line_no, account_code, party_key, role, department, region, product_line,
    amount_minor, functional_minor, fx_rate, fx_rate_date, rule_id
from subledger_entry
where bucket = getvariable('bucket');
