-- one row per legal entity, period in which it is posted and account, in the entity's own currency: what is reversed, and what is booked
-- anew; with the documents of the largest amounts
with summed as (
    select document_uid, legal_entity_code, period_name, account_code, max(held_reason) as held_reason,
        sum(own_minor) filter (where reverses_no is not null) as reversed_minor, sum(own_minor) filter (where reverses_no is null) as booked_minor
    from stored_entry
    group by document_uid, legal_entity_code, period_name, account_code
)
select s.legal_entity_code, s.period_name, s.account_code, e.currency, max(s.held_reason) as held_reason,
    coalesce(sum(s.reversed_minor), 0)::bigint as reversed_minor, coalesce(sum(s.booked_minor), 0)::bigint as booked_minor,
    count(*) as document_count,
    list(c.document_type || ':' || c.native_id
        order by abs(coalesce(s.reversed_minor, s.booked_minor)) desc, c.document_type, c.native_id)[1:getvariable('named')] as documents
from summed as s
join own_currency as e on e.legal_entity_code = s.legal_entity_code
join chosen as c on c.document_uid = s.document_uid
group by s.legal_entity_code, s.period_name, s.account_code, e.currency
order by s.legal_entity_code, s.period_name, s.account_code
