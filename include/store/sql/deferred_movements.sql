-- one row per legal entity, currency of documents and currency of amounts (theirs and, where it is another, the entity's own): how
-- deferred revenue moved in a period, by category, as the journals have it; a liability is positive here
with line as (
    select e.legal_entity_code, e.currency as document_currency, a.currency, a.exponent, e.category, e.posting_date < p.start_date as is_before,
        -a.amount_minor as amount_minor
    from journal_entry as e
    join journal_line as l on l.entry_id = e.id
    join erp_period as p on p.erp_code = e.erp_code and p.legal_entity_code = e.legal_entity_code and p.period_name = %(period)s
    join unnest(%(entities)s::text[], %(accounts)s::text[]) as d (legal_entity_code, account_code)
        on d.legal_entity_code = e.legal_entity_code and d.account_code = l.account_code
    cross join lateral (
        select e.currency, e.exponent, l.amount_minor
        union all
        select e.functional_currency, e.functional_exponent, l.functional_minor where e.functional_currency <> e.currency
    ) as a
    where e.state <> 'superseded' and e.posting_date <= p.end_date
)
select legal_entity_code, document_currency::text as document_currency, currency::text as currency, min(exponent)::int as exponent,
    coalesce(sum(amount_minor) filter (where is_before), 0)::bigint as opening_minor,
    coalesce(sum(amount_minor) filter (where not is_before and category = 'invoices'), 0)::bigint as invoiced_minor,
    coalesce(-sum(amount_minor) filter (where not is_before and category = 'credits'), 0)::bigint as credited_minor,
    coalesce(-sum(amount_minor) filter (where not is_before and category = 'recognition'), 0)::bigint as recognised_minor,
    coalesce(sum(amount_minor) filter (where not is_before and category = 'late'), 0)::bigint as late_minor,
    coalesce(sum(amount_minor) filter (
        where not is_before and category not in ('invoices', 'credits', 'recognition', 'late')), 0)::bigint as other_minor,
    coalesce(sum(amount_minor), 0)::bigint as closing_minor
from line
group by legal_entity_code, document_currency, currency
order by 1, 2, 3
