-- one row per legal entity and currency: what evidence put on deferred revenue after the period, of entries that stand
with after as (
    select b.legal_entity_code, b.currency, sum(b.amount_minor)::bigint as amount_minor
    from booked_entry as b
    join standing_entries as j on j.id::uuid = b.journal_entry_id
    join period_end as p on p.legal_entity_code = b.legal_entity_code and b.posting_date > p.end_date
    where b.role = 'deferred_revenue'
    group by all
),
remaining as (
    select legal_entity_code, currency, sum(remaining_minor)::bigint as remaining_minor, sum(line_count)::bigint as line_count
    from remaining_schedule
    group by all
)
select legal_entity_code, currency, (coalesce(r.remaining_minor, 0) + coalesce(a.amount_minor, 0))::bigint as remaining_minor,
    coalesce(r.line_count, 0) as line_count
from remaining as r
full join after as a using (legal_entity_code, currency)
order by all;
