-- one row per account, currency of documents and region: what stood there before the period and what was booked in it by entries that are
-- posted, in the documents' currency and in the books' own. Of a reversal in negative amounts a debit is a negative credit, as the ERP
-- shows it
with line as (
    select l.account_code, coalesce(l.region, '') as region, e.currency, e.exponent, l.amount_minor, l.functional_minor,
        case
            when e.period_name = %(period)s then false
            -- an adjustment period lies on the last day of another one, and comes after it
            when own.period_name is not null then (own.end_date, own.start_date) < (p.end_date, p.start_date)
            else e.posting_date < p.start_date
        end as is_before,
        e.period_name = %(period)s as is_in, e.reversal_style = 'negative' as is_negative
    from journal_entry as e
    join journal_line as l on l.entry_id = e.id
    join erp_period as p on p.erp_code = e.erp_code and p.legal_entity_code = e.legal_entity_code and p.period_name = %(period)s
    left join erp_period as own
        on own.erp_code = e.erp_code and own.legal_entity_code = e.legal_entity_code and own.period_name = e.period_name
    where e.legal_entity_code = %(entity)s and e.state in ('posted', 'verified', 'reversed')
)
select account_code, currency::text as currency, region, min(exponent)::int as exponent,
    coalesce(sum(amount_minor) filter (where is_before), 0)::bigint as opening_minor,
    coalesce(sum(amount_minor) filter (where is_in and (amount_minor > 0) <> is_negative), 0)::bigint as debit_minor,
    coalesce(-sum(amount_minor) filter (where is_in and (amount_minor > 0) = is_negative), 0)::bigint as credit_minor,
    coalesce(sum(functional_minor) filter (where is_before), 0)::bigint as functional_opening_minor,
    coalesce(sum(functional_minor) filter (where is_in and (functional_minor > 0) <> is_negative), 0)::bigint as functional_debit_minor,
    coalesce(-sum(functional_minor) filter (where is_in and (functional_minor > 0) = is_negative), 0)::bigint as functional_credit_minor
from line
where is_before or is_in
group by account_code, currency, region
order by account_code, currency, region
