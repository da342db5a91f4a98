-- one row per changed payment and refund, and per live movement of a changed dispute, that its processor settles in another currency
-- include: changed.sql -- changes only
select
    'payment'::text as document_type,
    p.id::text as native_id,
    null::text as line_id,
    p.settlement_currency::text as settlement_currency,
    p.settlement_amount_minor::bigint as settlement_minor,
    (p.settled_at at time zone coalesce(e.time_zone, 'UTC'))::date as settled_date
from billing.payments as p
join changed_payments as c on c.id = p.id -- changes only
left join billing.legal_entities as e on e.id = p.legal_entity_id
where p.settlement_currency <> p.currency
union all
select
    'refund',
    r.id::text,
    null,
    r.settlement_currency::text,
    r.settlement_amount_minor::bigint,
    (r.settled_at at time zone coalesce(e.time_zone, 'UTC'))::date
from billing.refunds as r
join changed_refunds as c on c.id = r.id -- changes only
join billing.payments as p on p.id = r.payment_id
left join billing.legal_entities as e on e.id = p.legal_entity_id
where r.settlement_currency <> r.currency
union all
select
    'dispute',
    m.dispute_id::text,
    m.id::text,
    m.settlement_currency::text,
    m.settlement_amount_minor::bigint,
    (m.settled_at at time zone coalesce(e.time_zone, 'UTC'))::date
from billing.dispute_movements as m
join changed_disputes as c on c.id = m.dispute_id -- changes only
join billing.disputes as d on d.id = m.dispute_id
join billing.payments as p on p.id = d.payment_id
left join billing.legal_entities as e on e.id = p.legal_entity_id
where m.settlement_currency <> m.currency and m.deleted_at is null
