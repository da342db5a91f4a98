-- one row per legal entity, currency and account, from the bare tables in Parquet: the sums of a night and nothing else
with leg as (
    select legal_entity_id, currency, '1100' as account, sum(total_minor) as minor from invoices group by all
    union all
    select legal_entity_id, currency, '2000', -sum(tax_minor) from invoices group by all
    union all
    select i.legal_entity_id, i.currency,
        case p.revenue_treatment when 'ratable' then '2100' when 'usage' then '4010' else '4020' end as account,
        -sum(l.amount_minor - l.discount_minor)
    from invoice_lines as l
    join invoices as i on i.id = l.invoice_id
    join products as p on p.id = l.product_id
    group by all
    union all
    select legal_entity_id, currency, case when processor is null then '1010' else '1050' end as account, sum(amount_minor)
    from payments group by all
    union all
    select legal_entity_id, currency, '2050', -sum(amount_minor) from payments group by all
    union all
    select i.legal_entity_id, i.currency, s.account, sum(s.sign * a.amount_minor)
    from payment_allocations as a
    join invoices as i on i.id = a.invoice_id
    cross join (values ('2050', 1), ('1100', -1)) as s (account, sign)
    group by all
)
select e.code, l.currency, l.account, sum(l.minor)::bigint as net_minor
from leg as l
join legal_entities as e on e.id = l.legal_entity_id
group by all
having sum(l.minor) <> 0
order by all;
