-- the documents, periods and accounts of the bucket in which the two differ
insert into difference
with both_sides as (
    select *, amount_minor as booked_minor, 0::bigint as ruled_minor from booked_sum
    union all
    select *, 0::bigint, amount_minor from ruled_sum
),
placed as (
    select b.*, coalesce(p.period_name, strftime(b.event_date, '%Y-%m')) as period_name
    from both_sides as b
    left join period as p
        on p.legal_entity_code = b.legal_entity_code and b.event_date between p.start_date and p.end_date
    anti join left_out as l on l.document_uid = b.document_uid
),
differing as (
    select document_uid, legal_entity_code, period_name, account_code,
        sum(booked_minor)::bigint as booked_minor, sum(ruled_minor)::bigint as ruled_minor
    from placed
    group by document_uid, legal_entity_code, period_name, account_code
    having sum(booked_minor) <> sum(ruled_minor)
)
select f.document_uid, d.document_type, d.native_id, f.legal_entity_code, e.currency, f.period_name, f.account_code,
    f.booked_minor, f.ruled_minor
from differing as f
join stored_file as d on d.document_uid = f.document_uid
join own_currency as e on e.legal_entity_code = f.legal_entity_code
