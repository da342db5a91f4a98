-- one row per subledger entry of the portion's bookings: what the posting rules make of an event, or a stored entry undone with
-- the same account, party, dimensions and amount on the other side
create or replace temp table subledger_entry as
with told as (
    select
        b.booking_id, b.bucket, b.group_no, l.line_no, s.account_code, s.party_key, s.role,
        case when s.is_mapped then m.department else l.department end as department,
        case when s.is_mapped then m.region else l.region end as region,
        case when s.is_mapped then m.product_line else l.product_line end as product_line,
        s.side * part_of_amount(s.part, case s.component
            when 'net' then l.net_minor when 'tax' then l.tax_minor when 'gross' then l.net_minor + l.tax_minor else l.amount_minor
        end) as amount_minor,
        s.rule_id, null::bigint as functional_minor, null::decimal(38, 15) as fx_rate, null::date as fx_rate_date
    from booking as b
    join wanted_line as l on l.document_uid = b.document_uid and l.event_type = b.event_type and l.occurrence = b.occurrence
    join shape_line as s on s.shape_no = l.shape_no
    left join mapped_dimension as m
        on m.shape_no = s.shape_no and m.rule_line_no = s.rule_line_no
        and m.document_department is not distinct from l.department and m.document_region is not distinct from l.region
    where b.portion = getvariable('portion') and b.reverses_no is null
    union all
    select
        b.booking_id, b.bucket, b.group_no, s.line_no, s.account_code, s.party_key, s.role, s.department, s.region, s.product_line, -s.amount_minor,
        s.rule_id, -s.functional_minor, s.fx_rate, s.fx_rate_date
    from booking as b
    join stored_entry as s
        on s.document_uid = b.document_uid and s.event_type = b.event_type and s.occurrence = b.occurrence and s.booking_no = b.reverses_no
    where b.portion = getvariable('portion') and b.reverses_no is not null
)
from told
where amount_minor <> 0 or functional_minor <> 0;
