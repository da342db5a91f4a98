-- one row per subledger entry that the posting rules make from the events booked in the bucket
insert into subledger_entry
select *
from (
    select
        b.booking_id, b.bucket, l.line_no, s.account_code, s.party_key, s.role, l.department, l.region, l.product_line,
        s.side * case s.component
            when 'net' then l.net_minor when 'tax' then l.tax_minor when 'gross' then l.gross_minor else l.amount_minor
        end as amount_minor,
        s.rule_id
    from booking as b
    join event_line as l on l.document_uid = b.document_uid and l.event_type = b.event_type and l.occurrence = b.occurrence
    join shape_line as s on s.shape_id = l.shape_id
    where b.bucket = getvariable('bucket') and l.bucket = getvariable('bucket') and b.reverses_no is null
)
where amount_minor <> 0;
