-- one row per legal entity, currency of documents and currency of amounts (theirs and, where it is another, the entity's own): what
-- the schedules have left, and evidence put on deferred revenue after the period, of entries that stand
with left_over as (
    select b.legal_entity_code, b.currency as document_currency, b.amount_minor, b.functional_minor
    from booked_entry as b
    join standing_entries as j on j.id::uuid = b.journal_entry_id
    join period_end as p on p.legal_entity_code = b.legal_entity_code and b.posting_date > p.end_date
    where b.role = 'deferred_revenue'
    union all
    select legal_entity_code, document_currency, remaining_minor, functional_minor from remaining_schedule
)
select legal_entity_code, document_currency, document_currency as currency, sum(amount_minor)::bigint as remaining_minor
from left_over
group by all
union all
select o.legal_entity_code, o.document_currency, p.currency, sum(o.functional_minor)::bigint
from left_over as o
join period_end as p on p.legal_entity_code = o.legal_entity_code
where o.functional_minor is not null
group by all
order by all;
