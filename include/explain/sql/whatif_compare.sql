-- the documents, periods and accounts of the bucket in which the books and the other rules differ, in the entity's own currency
insert into difference
with both_sides as (
    -- the books, reversals taken off
    select s.document_uid, s.legal_entity_code, s.event_date, s.account_code, s.own_minor as booked_minor, 0::bigint as ruled_minor
    from stored_entry as s
    semi join suspect as d on d.document_uid = s.document_uid
    anti join (select entry_id::uuid as entry_id from given_up) as g on g.entry_id = s.journal_entry_id
    where s.event_date between getvariable('first_day') and getvariable('last_day')
    union all
    select document_uid, legal_entity_code, event_date, account_code, 0, amount_minor from ruled_amount
    where document_uid in (from suspect)
),
differing as (
    select b.document_uid, b.legal_entity_code, p.period_name, b.account_code,
        sum(b.booked_minor)::bigint as booked_minor, sum(b.ruled_minor)::bigint as ruled_minor
    from both_sides as b
    join looked_at_day as p on p.legal_entity_code = b.legal_entity_code and p.event_date = b.event_date
    group by b.document_uid, b.legal_entity_code, p.period_name, b.account_code
    having sum(b.booked_minor) <> sum(b.ruled_minor)
)
select f.document_uid, d.document_type, d.native_id, f.legal_entity_code, e.currency, f.period_name, f.account_code,
    f.booked_minor, f.ruled_minor
from differing as f
join stored_file as d on d.document_uid = f.document_uid
join own_currency as e on e.legal_entity_code = f.legal_entity_code
anti join left_out as l on l.document_uid = f.document_uid
