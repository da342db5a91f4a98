-- one row per subledger entry of the portion's bookings: what the posting rules make of an event, or a stored entry undone with
-- the same account, party, dimensions and amount on the other side
create or replace temp table subledger_entry as
with told as (
    select
        b.booking_id, b.document_no, b.document_date, b.bucket, b.group_no, l.line_no, c.coding_no,
        c.side * part_of_amount(c.part, case c.component
            when 'net' then l.net_minor when 'tax' then l.tax_minor when 'gross' then l.net_minor + l.tax_minor else l.amount_minor
        end) as amount_minor,
        null::bigint as functional_minor, null::decimal(38, 15) as fx_rate, null::date as fx_rate_date, null::uuid as item_uid
    from booking as b
    join wanted_line as l on l.document_uid = b.document_uid and l.event_type = b.event_type and l.occurrence = b.occurrence
    join entry_coding as c on c.shape_no = l.shape_no and c.dimension_no = l.dimension_no
    where b.portion = getvariable('portion') and b.reverses_no is null
    union all
    select b.booking_id, b.document_no, b.document_date, b.bucket, b.group_no, s.line_no, c.coding_no, -s.amount_minor, -s.functional_minor, s.fx_rate, s.fx_rate_date, s.item_uid
    from booking as b
    join stored_entry as s
        on s.document_uid = b.document_uid and s.event_type = b.event_type and s.occurrence = b.occurrence and s.booking_no = b.reverses_no
    join entry_coding as c
        on c.shape_no is null and c.legal_entity_code = s.legal_entity_code and c.account_code = s.account_code
        and c.party_key is not distinct from s.party_key and c.role = s.role and c.department is not distinct from s.department
        and c.region is not distinct from s.region and c.product_line is not distinct from s.product_line and c.rule_id = s.rule_id
    where b.portion = getvariable('portion') and b.reverses_no is not null
)
from told
where amount_minor <> 0 or functional_minor <> 0;
