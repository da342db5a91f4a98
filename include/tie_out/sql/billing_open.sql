-- one row per currency: what is open of the invoices of a legal entity, by its entries and by billing's own word
select currency::varchar as currency, sum(amount_minor)::bigint as amount_minor, sum(billing_minor)::bigint as billing_minor
from (
    select currency, amount_minor, 0 as billing_minor
    from open_item
    where role = 'accounts_receivable' and item_uid not in (select document_uid from named_item where open_minor is null)
    union all
    select currency, 0, open_minor from named_item where document_type = 'invoice' and legal_entity_code = getvariable('entity') and open_minor is not null
)
group by currency
order by currency
