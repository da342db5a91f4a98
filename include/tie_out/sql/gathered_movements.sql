-- one row per legal entity, currency of documents and currency of amounts (theirs and, where it is another, the entity's own): what
-- journal entries of several categories put on deferred revenue in the period, told apart by the categories of the bookings in
-- them; a liability is positive
with gathered as (
    select b.legal_entity_code, b.currency as document_currency, p.currency as own_currency, b.category, b.amount_minor, b.functional_minor
    from booked_entry as b
    join standing_entries as j on j.id::uuid = b.journal_entry_id and j.category = 'summary'
    join period_end as p on p.legal_entity_code = b.legal_entity_code and b.posting_date between p.start_date and p.end_date
    where b.role = 'deferred_revenue'
),
told as (
    select legal_entity_code, document_currency, document_currency as currency, category, amount_minor from gathered
    union all
    select legal_entity_code, document_currency, own_currency, category, functional_minor from gathered where functional_minor is not null
)
select legal_entity_code, document_currency, currency,
    coalesce(-sum(amount_minor) filter (where category = 'invoices'), 0)::bigint as invoiced_minor,
    coalesce(sum(amount_minor) filter (where category = 'credits'), 0)::bigint as credited_minor
from told
group by legal_entity_code, document_currency, currency
