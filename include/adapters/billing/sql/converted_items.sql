-- whether any processor settles anything in another currency
select exists (
    select from billing.payments as p where p.settlement_currency <> p.currency
) or exists (
    select from billing.refunds as r where r.settlement_currency <> r.currency
) or exists (
    select from billing.dispute_movements as m where m.settlement_currency <> m.currency
) as is_any
