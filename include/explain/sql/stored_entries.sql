-- one row per stored subledger entry of the files at hand, with what its booking says; a column that a file is too old to have is
-- null. What was recognised of a line stands on the legs of its group and day, without a booking of its own; so does an
-- open item that was revalued
create or replace temp view stored_entry as
with booking as (
    select * from bookings_file
    union all by name
    select * from bookings_shape
),
entry as (
    select * from subledger_entries_file
    union all by name
    select * from subledger_entries_shape
),
told as (
    select b.*, e.* exclude (batch_key, booking_id)
    from booking as b
    join entry as e on e.batch_key = b.batch_key and e.booking_id = b.booking_id
    union all by name
    select r.document_uid, getvariable('recognised_code')::smallint as event_type,
        uuid '00000000-0000-0000-0000-000000000000' as occurrence, 1::smallint as booking_no, r.line_no, l.legal_entity_code, l.currency,
        r.as_of as event_date, l.posting_date, l.period_name, l.held_reason, l.category, l.journal_entry_id::uuid as journal_entry_id,
        l.account_code, l.party_key, l.role, l.department, l.region, l.product_line, l.side * r.amount_minor as amount_minor,
        l.side * r.functional_minor as functional_minor, l.rule_id
    from recognised_amounts_file as r
    join recognition_legs_file as l on l.run_id = r.run_id and l.group_no = r.group_no and l.as_of = r.as_of
    union all by name
    select item_uid as document_uid, getvariable('revalued_code')::smallint as event_type,
        uuid '00000000-0000-0000-0000-000000000000' as occurrence, 1::smallint as booking_no, 1 as line_no, legal_entity_code, currency,
        posting_date as event_date, posting_date, period_name, held_reason, category, journal_entry_id, account_code, party_key, role,
        0::bigint as amount_minor, functional_minor, rate as fx_rate, rate_date as fx_rate_date, 'fx.revalued' as rule_id
    from revalued_items_file
)
select *, coalesce(functional_minor, amount_minor) as own_minor,
    -- a realised difference has an amount in the entity's own currency alone
    case when amount_minor = 0 then functional_minor else amount_minor end > 0 as is_debit
from told
