-- what foreign disputes and written-off invoices of the portion settle of open items, of which they know all themselves; and which
-- lines of events take the rate of another day than the document's
create or replace temp table foreign_movement as
select e.*, sum(e.amount_minor) over (partition by e.document_uid, e.event order by e.event_date, e.occurrence) - e.amount_minor as start_minor
from dispute_event as e
join legal_entity as l on l.code = e.legal_entity_code and l.functional_currency <> e.currency
where e.event in ('dispute.opened', 'dispute.won');

create or replace temp table foreign_loss as
select e.document_uid, e.event, e.occurrence, e.line_no, e.portion,
    case when e.event = 'dispute.lost' then e.net_minor + e.tax_minor else e.amount_minor end as gross_minor
from dispute_event as e
join legal_entity as l on l.code = e.legal_entity_code and l.functional_currency <> e.currency
where e.event in ('dispute.lost', 'dispute.passed_on');

-- money that is withdrawn or given back is worth what it is on its day; a loss takes back what its invoices were booked at
insert into event_rate
select m.document_uid, t.code, m.occurrence, m.line_no, m.currency, m.event_date
from foreign_movement as m
join event_type as t on t.name = m.event
union all
select distinct f.document_uid, t.code, uuid '00000000-0000-0000-0000-000000000000', f.line_no, d.currency, l.effective_date
from foreign_loss as f
join event_type as t on t.name = 'dispute.lost' and t.name = f.event
join portion_documents as d on d.document_uid = f.document_uid
join portion_lines as l on l.document_uid = f.document_uid and l.line_no = f.line_no and l.line_kind = 'settled'
where l.effective_date is not null;

-- what was withdrawn is settled in order of days: by what is given back, then by chargeback credit memos, then by the loss, then by what of
-- it is passed on to sister entities
insert into relief by name
with settled as (
    select document_uid, event, occurrence, start_minor as before_minor, amount_minor from foreign_movement where event = 'dispute.won'
    union all
    select f.document_uid, f.event, f.occurrence,
        coalesce(any_value(d.covered_minor), 0) + coalesce(any_value(r.amount_minor), 0)
            + sum(sum(f.gross_minor)) over (partition by f.document_uid order by f.event, f.occurrence) - sum(f.gross_minor),
        sum(f.gross_minor)
    from foreign_loss as f
    join live_document as d on d.document_uid = f.document_uid
    left join (
        select document_uid, sum(amount_minor) as amount_minor from foreign_movement where event = 'dispute.won' group by document_uid
    ) as r on r.document_uid = f.document_uid
    group by f.document_uid, f.event, f.occurrence
),
share as (
    select s.document_uid, s.event, s.occurrence, w.event_date, w.amount_minor as item_total_minor,
        least(greatest(s.before_minor - w.start_minor, 0), w.amount_minor) as before_minor,
        least(greatest(s.before_minor + s.amount_minor - w.start_minor, 0), w.amount_minor) as upto_minor
    from settled as s
    join foreign_movement as w on w.document_uid = s.document_uid and w.event = 'dispute.opened'
)
select s.document_uid, t.code as event_type, s.occurrence, 'dispute' as item_type, s.event_date as item_date,
    s.item_total_minor, s.before_minor::bigint as before_minor, (s.upto_minor - s.before_minor)::bigint as amount_minor
from share as s
join event_type as t on t.name = s.event
where s.upto_minor <> s.before_minor;

-- what the payment left unapplied is gone at what it was received for
insert into relief by name
select f.document_uid, t.code as event_type, uuid '00000000-0000-0000-0000-000000000000' as occurrence, 'payment' as item_type,
    d.parent_date as item_date, d.payment_minor as item_total_minor, d.payment_minor - d.payment_unapplied_minor as before_minor,
    f.gross_minor::bigint as amount_minor
from foreign_loss as f
join live_document as d on d.document_uid = f.document_uid
join event_type as t on t.name = 'dispute.lost'
where f.portion = 'unapplied';

-- a write-off takes what is left of the receivable; what comes in later brings back what its application then settles
insert into relief by name
with moved as (
    select w.document_uid, w.event, w.occurrence, w.event_date, any_value(d.document_date) as item_date,
        any_value(d.total_minor) as item_total_minor, sum(w.net_minor + w.tax_minor)::bigint as amount_minor
    from write_off_event as w
    join live_document as d on d.document_uid = w.document_uid
    join legal_entity as l on l.code = w.legal_entity_code and l.functional_currency <> w.currency
    group by w.document_uid, w.event, w.occurrence, w.event_date
),
placed as (
    select *, sum(case when event = 'invoice.written_off' then -amount_minor else amount_minor end) over (
            partition by document_uid order by event <> 'invoice.written_off', event_date, occurrence)::bigint as back_minor
    from moved
)
select p.document_uid, t.code as event_type, p.occurrence, 'invoice' as item_type, p.item_date, p.item_total_minor,
    p.item_total_minor + p.back_minor as before_minor,
    case when p.event = 'invoice.written_off' then p.amount_minor else -p.amount_minor end as amount_minor
from placed as p
join event_type as t on t.name = p.event;

-- what is settled without cash in a foreign currency is judged by its worth on the day of the payment
insert into foreign_adjustment
select d.document_uid, occurrence_of(a.application_id), a.invoice_id, d.legal_entity_code, a.currency, d.document_date, a.adjustment_minor, a.adjustment_kind,
    t.tolerance_minor
from portion_applications as a
join live_document as d on d.document_uid = a.document_uid and d.document_type = 'payment'
join legal_entity as e on e.code = d.legal_entity_code and e.functional_currency <> a.currency
left join adjustment_tolerance as t on t.legal_entity_code = d.legal_entity_code and t.adjustment_kind = a.adjustment_kind
where a.adjustment_minor <> 0 and (a.invoice_entity_code = d.legal_entity_code or a.currency = d.currency);
