-- one row per legal entity and its own currency: how deferred revenue moved in a period, by category, as the journals have it;
-- a liability is positive here
select e.legal_entity_code, e.currency::text as currency, min(e.exponent)::int as exponent,
    coalesce(-sum(l.amount_minor) filter (where e.posting_date < p.start_date), 0)::bigint as opening_minor,
    coalesce(-sum(l.amount_minor) filter (where e.posting_date >= p.start_date and e.category = 'invoices'), 0)::bigint as invoiced_minor,
    coalesce(sum(l.amount_minor) filter (where e.posting_date >= p.start_date and e.category = 'credits'), 0)::bigint as credited_minor,
    coalesce(sum(l.amount_minor) filter (where e.posting_date >= p.start_date and e.category = 'recognition'), 0)::bigint as recognised_minor,
    coalesce(-sum(l.amount_minor) filter (where e.posting_date >= p.start_date and e.category = 'late'), 0)::bigint as late_minor,
    coalesce(-sum(l.amount_minor) filter (
        where e.posting_date >= p.start_date and e.category not in ('invoices', 'credits', 'recognition', 'late')), 0)::bigint as other_minor,
    coalesce(-sum(l.amount_minor), 0)::bigint as closing_minor
from journal_entry as e
join journal_line as l on l.entry_id = e.id
join erp_period as p on p.erp_code = e.erp_code and p.legal_entity_code = e.legal_entity_code and p.period_name = %(period)s
join unnest(%(entities)s::text[], %(accounts)s::text[]) as d (legal_entity_code, account_code)
    on d.legal_entity_code = e.legal_entity_code and d.account_code = l.account_code
where e.currency = e.functional_currency and e.state <> 'superseded' and e.posting_date <= p.end_date
group by e.legal_entity_code, e.currency
order by 1, 2
