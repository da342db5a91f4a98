-- one row per subledger entry of the bucket's bookings: what the posting rules make of an event, or a stored entry undone with
-- the same account, party, dimensions and amount on the other side
insert into subledger_entry
with told as (
    select
        b.booking_id, l.line_no, s.account_code, s.party_key, s.role, l.department, l.region, l.product_line,
        s.side * case s.component
            when 'net' then l.net_minor when 'tax' then l.tax_minor when 'gross' then l.gross_minor else l.amount_minor
        end as amount_minor,
        s.rule_id
    from booking as b
    join event_line as l on l.document_uid = b.document_uid and l.event_type = b.event_type and l.occurrence = b.occurrence
    join shape_line as s on s.shape_id = l.shape_id
    where b.bucket = getvariable('bucket') and l.bucket = getvariable('bucket') and b.reverses_no is null
    union all
    select
        b.booking_id, s.line_no, s.account_code, s.party_key, s.role, s.department, s.region, s.product_line, -s.amount_minor, s.rule_id
    from booking as b
    join stored_entry as s
        on s.document_uid = b.document_uid and s.event_type = b.event_type and s.occurrence = b.occurrence and s.booking_no = b.reverses_no
    where b.bucket = getvariable('bucket') and b.reverses_no is not null
)
select booking_id, getvariable('bucket')::tinyint, line_no, account_code, party_key, role, department, region, product_line, amount_minor, rule_id
from told
where amount_minor <> 0;
