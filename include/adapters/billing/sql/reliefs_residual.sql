-- one row per balance that is left of a changed foreign invoice after full credit: it is the last of its item to go, at the rate of the
-- invoice's day, which is that of its credit memos as well
-- include: changed.sql
-- include: residuals.sql
select
    'invoice'::text as document_type,
    r.invoice_id::text as native_id,
    r.line_id as application_id,
    false as is_undone,
    r.item_type::text as item_type,
    r.item_id::text as item_id,
    i.issue_date as item_date,
    r.total_minor::bigint as item_total_minor,
    (r.total_minor - case r.item_type when 'invoice' then r.amount_minor else -r.amount_minor end)::bigint as before_minor,
    case r.item_type when 'invoice' then r.amount_minor else -r.amount_minor end as amount_minor
from residual as r
join billing.invoices as i on i.id = r.invoice_id
join billing.legal_entities as e on e.id = i.legal_entity_id and e.base_currency <> i.currency
