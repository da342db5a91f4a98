-- one row per legal entity, currency and account: what the books must show, summed from billing's own tables
with leg as (
    select i.legal_entity_id, i.currency, '1100' as account, sum(i.total_minor) as minor
    from billing.invoices as i group by 1, 2
    union all
    select i.legal_entity_id, i.currency, '2000', -sum(i.tax_minor)
    from billing.invoices as i group by 1, 2
    union all
    select i.legal_entity_id, i.currency,
        case p.revenue_treatment when 'ratable' then '2100' when 'usage' then '4010' else '4020' end,
        -sum(l.amount_minor - l.discount_minor)
    from billing.invoice_lines as l
    join billing.invoices as i on i.id = l.invoice_id
    join billing.products as p on p.id = l.product_id
    group by 1, 2, 3
    union all
    select p.legal_entity_id, p.currency, case when p.processor is null then '1010' else '1050' end, sum(p.amount_minor)
    from billing.payments as p group by 1, 2, 3
    union all
    select p.legal_entity_id, p.currency, '2050', -sum(p.amount_minor)
    from billing.payments as p group by 1, 2
    union all
    select i.legal_entity_id, i.currency, unnest(array['2050', '1100']), unnest(array[1, -1]) * sum(a.amount_minor)
    from billing.payment_allocations as a
    join billing.invoices as i on i.id = a.invoice_id
    group by 1, 2
)
select e.code, l.currency::text, l.account, sum(l.minor)::bigint as net_minor
from leg as l
join billing.legal_entities as e on e.id = l.legal_entity_id
group by 1, 2, 3
having sum(l.minor) <> 0
order by 1, 2, 3;
