-- one row per legal entity and role of a clearing account: what came onto it in the days that are judged, in the books' own currency, and
-- how much of that had left again within its days, by key. The key is the document that brought it
with entry as (
    -- what an event came to, whatever was undone of it and booked anew
    select b.legal_entity_code, s.role::varchar as role, b.currency::varchar as currency, b.document_uid, b.event_type, b.occurrence, b.event_date,
        sum(s.amount_minor) as amount_minor, sum(coalesce(s.functional_minor, s.amount_minor)) as functional_minor
    from subledger_entries as s
    join bookings as b on b.batch_key = s.batch_key and b.booking_id = s.booking_id
    where s.role in ('processor_clearing', 'payouts_in_transit', 'exchange_clearing')
        and b.journal_entry_id not in (select id::uuid from given_up_entry)
    group by all
    having sum(s.amount_minor) <> 0 or sum(coalesce(s.functional_minor, s.amount_minor)) <> 0
),
own as (
    -- what a payment or reversal brings, a refund, fee or dispute takes; payouts are taken apart below
    select legal_entity_code, role, currency, document_uid, event_date as on_date, amount_minor, functional_minor
    from entry
    where role = 'processor_clearing' and event_type not in (select code from payout_event) and amount_minor <> 0
    union all
    -- two currencies come to nothing only in the books' own
    select e.legal_entity_code, e.role, c.functional_currency, e.document_uid, e.event_date, e.functional_minor, e.functional_minor
    from entry as e
    join scored_entity as c on c.legal_entity_code = e.legal_entity_code
    where e.role = 'exchange_clearing' and e.functional_minor <> 0
    union all
    -- only on the way to a bank account that is booked here: elsewhere the ERP's bank reconciliation takes it off
    select e.legal_entity_code, e.role, e.currency, e.document_uid, e.event_date, e.amount_minor, e.functional_minor
    from entry as e
    join scored_entity as c on c.legal_entity_code = e.legal_entity_code
    join clearing_payout as p on p.document_uid = e.document_uid
    where e.role = 'payouts_in_transit' and e.amount_minor <> 0
        and (c.books_every_bank or list_contains(c.booked_banks, p.bank_account_ref))
),
booked_payout as (
    from clearing_payout
    where total_minor = 0 or document_uid in (select document_uid from entry where role = 'processor_clearing')
),
paid_out as (
    select p.legal_entity_code, 'processor_clearing' as role, p.currency,
        document_uid(getvariable('source_code'), getvariable('tenant'), if(i.line_kind = 'fee', 'processor_fee', i.line_kind), i.item_document_id) as document_uid,
        i.amount_minor, p.document_date, p.failed_date
    from clearing_item as i
    join booked_payout as p on p.document_uid = i.document_uid
    where i.item_document_id is not null
),
movement as (
    select *, true as is_own from own
    union all by name
    select legal_entity_code, role, currency, document_uid, document_date as on_date, -amount_minor as amount_minor, false as is_own from paid_out
    union all by name
    select legal_entity_code, role, currency, document_uid, failed_date as on_date, amount_minor, false as is_own from paid_out
    where failed_date is not null
),
-- up to the last payout of which no item says its document, nobody can tell what left
untold as (
    select legal_entity_code, max(document_date) as last_date
    from (
        select p.legal_entity_code, p.document_uid, p.document_date
        from booked_payout as p
        join clearing_item as i on i.document_uid = p.document_uid
        group by all
        having count(i.item_document_id) = 0
    )
    group by legal_entity_code
),
key as (
    select o.legal_entity_code, o.role, o.currency, o.document_uid, min(o.on_date) as first_date
    from own as o
    group by all
),
judged as (
    select k.legal_entity_code, k.role,
        greatest(
            coalesce(sum(m.amount_minor) filter (where m.is_own and m.amount_minor > 0), 0),
            coalesce(-sum(m.amount_minor) filter (where m.is_own and m.amount_minor < 0), 0)) as gross_minor,
        abs(sum(m.amount_minor)) as rest_minor,
        sum(abs(m.amount_minor)) filter (where m.is_own) as told_minor,
        sum(abs(m.functional_minor)) filter (where m.is_own) as worth_minor
    from key as k
    join scored_entity as c on c.legal_entity_code = k.legal_entity_code
    join movement as m on m.legal_entity_code = k.legal_entity_code and m.role = k.role and m.currency = k.currency
        and m.document_uid = k.document_uid and m.on_date <= k.first_date + c.days
    left join untold as u on u.legal_entity_code = k.legal_entity_code
    where k.first_date between c.first_date and c.last_date
        and (k.role <> 'processor_clearing' or u.last_date is null or k.first_date > u.last_date)
    group by k.legal_entity_code, k.role, k.currency, k.document_uid
)
-- rounded down per key, in the books' own currency at what it was worth when it came
select legal_entity_code, role, sum(gross_minor * worth_minor // told_minor)::bigint as gross_minor,
    sum(greatest(gross_minor - rest_minor, 0) * worth_minor // told_minor)::bigint as cleared_minor,
    count(*) filter (where rest_minor <> 0) as open_count
from judged
group by all
order by all;
