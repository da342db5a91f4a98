-- one row per leg between sister entities that is in a currency foreign to the books of its entity: what the two owe each other arises
-- on one day, in both books, and is taken back at the same rate
insert into sister_rate
with concerned as (
    select d.document_uid, occurrence_of(a.application_id) as occurrence, d.legal_entity_code, a.invoice_entity_code as sister_code, a.currency,
        a.applied_date as on_date,
        least(a.reversed_date, a.invoice_voided_date, d.voided_date, d.parent_voided_date, d.reversed_date) is not null as is_ended,
        case d.document_type when 'payment' then ['payment.applied', 'payment.unapplied'] else ['credit.applied', 'credit.unapplied'] end as events
    from live_document as d
    join portion_applications as a on a.document_uid = d.document_uid
    where a.invoice_entity_code <> d.legal_entity_code and a.currency = d.currency and coalesce(d.kind, '') not in ('write_off', 'chargeback')
    union all
    select document_uid, uuid '00000000-0000-0000-0000-000000000000', legal_entity_code, parent_entity_code, currency, document_date,
        status = 'failed', ['refund.paid', 'refund.failed']
    from live_document
    where document_type = 'refund' and parent_entity_code <> legal_entity_code
    union all
    select document_uid, occurrence, legal_entity_code, sister, currency, event_date, false, ['dispute.passed_on']
    from dispute_event
    where event = 'dispute.passed_on'
),
leg as (
    select c.document_uid, c.occurrence, c.currency, c.on_date, p.of_event as event, c.legal_entity_code, p.of_event not like 'refund.%' as settles_item
    from concerned as c
    join sister_pair as p on list_contains(c.events, p.of_event)
    where c.is_ended or list_position(c.events, p.of_event) = 1
    union all
    select c.document_uid, c.occurrence, c.currency, c.on_date, p.event, c.sister_code, p.event <> 'dispute.borne'
    from concerned as c
    join sister_pair as p on list_contains(c.events, p.of_event)
    where c.is_ended or list_position(c.events, p.of_event) = 1
)
select l.document_uid, t.code, l.occurrence, l.legal_entity_code, l.currency, l.on_date, l.settles_item
from leg as l
join legal_entity as e on e.code = l.legal_entity_code and e.functional_currency <> l.currency
join event_type as t on t.name = l.event;

-- what a sister entity bears of a lost dispute takes back what its invoices were booked at
insert into sister_line_rate
select distinct v.document_uid, t.code, v.occurrence, v.line_no, v.legal_entity_code, v.currency, l.effective_date
from dispute_event as v
join event_type as t on t.name = v.event
join legal_entity as e on e.code = v.legal_entity_code and e.functional_currency <> v.currency
join portion_lines as l on l.document_uid = v.document_uid and l.line_no = v.line_no and l.line_kind = 'settled'
where v.event = 'dispute.borne' and l.effective_date is not null;
