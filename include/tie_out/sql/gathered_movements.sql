-- one row per legal entity and currency: what journal entries of several categories put on deferred revenue in the period, told apart by
-- the categories of the bookings in them; a liability is positive
select b.legal_entity_code, b.currency,
    coalesce(-sum(b.amount_minor) filter (where b.category = 'invoices'), 0)::bigint as invoiced_minor,
    coalesce(sum(b.amount_minor) filter (where b.category = 'credits'), 0)::bigint as credited_minor
from booked_entry as b
join standing_entries as j on j.id::uuid = b.journal_entry_id and j.category = 'summary'
join period_end as p on p.legal_entity_code = b.legal_entity_code and b.posting_date between p.start_date and p.end_date
where b.role = 'deferred_revenue'
group by all
