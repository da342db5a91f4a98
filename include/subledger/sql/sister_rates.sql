-- one row per leg of an application across legal entities that is in a currency foreign to the books of its entity: what the two owe
-- each other arises on the day of the application, in both books, and is taken back at the same rate
insert into sister_rate
with applied as (
    select d.document_uid, occurrence_of(a.application_id) as occurrence, d.legal_entity_code, a.invoice_entity_code, a.currency, a.applied_date,
        least(a.reversed_date, a.invoice_voided_date, d.reversed_date) is not null as is_ended
    from live_document as d
    join portion_applications as a on a.document_uid = d.document_uid
    where d.document_type = 'payment' and a.invoice_entity_code <> d.legal_entity_code and a.currency = d.currency
),
leg as (
    select a.document_uid, a.occurrence, a.currency, a.applied_date, l.event,
        case when l.event like 'intercompany.%' then a.invoice_entity_code else a.legal_entity_code end as legal_entity_code
    from applied as a
    join (values
        ('payment.applied', false), ('payment.unapplied', true), ('intercompany.applied', false), ('intercompany.unapplied', true)
    ) as l (event, is_undone) on a.is_ended or not l.is_undone
)
select l.document_uid, t.code, l.occurrence, l.legal_entity_code, l.currency, l.applied_date
from leg as l
join legal_entity as e on e.code = l.legal_entity_code and e.functional_currency <> l.currency
join event_type as t on t.name = l.event;
