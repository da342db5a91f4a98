-- whether any document that can be settled is in another currency than its legal entity's own
select exists (
    select from billing.legal_entities as e
    join billing.invoices as i on i.legal_entity_id = e.id and i.currency <> e.base_currency
) or exists (
    select from billing.legal_entities as e
    join billing.payments as p on p.legal_entity_id = e.id and p.currency <> e.base_currency
) or exists (
    select from billing.legal_entities as e
    join billing.credit_notes as n on n.legal_entity_id = e.id and n.currency <> e.base_currency
) or exists (
    select from billing.legal_entities as e
    join billing.payouts as o on o.legal_entity_id = e.id and o.currency <> e.base_currency
) as is_any
