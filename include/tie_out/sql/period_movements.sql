-- one row per account, region, currency of documents, event and whether the entry is late: what the subledger has of it in the journal
-- entries at hand. What has no amount in the documents' currency is an exchange difference, and told apart
with entry as (
    select b.journal_entry_id, b.event_type, b.category, b.currency, s.account_code, s.region, s.amount_minor, s.functional_minor
    from subledger_entries as s
    join bookings as b on b.batch_key = s.batch_key and b.booking_id = s.booking_id
    union all
    select l.journal_entry_id::uuid, getvariable('recognised_event'), l.category, l.currency, l.account_code, l.region,
        coalesce(l.side, 1) * r.amount_minor, coalesce(l.side, 1) * r.functional_minor
    from recognised_amounts as r
    join recognition_legs as l on l.run_id = r.run_id and l.group_no = r.group_no and l.as_of = r.as_of
    union all
    select journal_entry_id, getvariable('revalued_event'), category, currency, account_code, null, 0, functional_minor
    from revalued_items
)
select e.account_code, coalesce(e.region, '') as region, e.currency, e.event_type::int as event_type, e.category = 'late' as is_late,
    e.amount_minor <> 0 as has_amount, sum(e.amount_minor)::bigint as amount_minor,
    sum(coalesce(e.functional_minor, e.amount_minor))::bigint as functional_minor
from entry as e
join posted_entries as p on p.id::uuid = e.journal_entry_id
join closing_accounts as a on a.account_code = e.account_code
group by all
order by all
