-- one row per application of a foreign document whose two open items cannot be valued: it waits, the cash does not
insert into waiting
select distinct l.document_uid, l.occurrence, 'not_yet_supported_foreign_currency'
from application_line as l
join foreign_document as f on f.document_uid = l.document_uid
where (select count(distinct v.item_type) from relief_value as v where v.document_uid = l.document_uid and v.occurrence = l.occurrence and v.item_type <> 'exchange') < 2
    and not exists (from waiting as w where w.document_uid = l.document_uid and w.occurrence = l.occurrence)
    and not exists (from exchange as x where x.document_uid = l.document_uid and x.occurrence = l.occurrence)
    and not exists (from sister_rate as r where r.document_uid = l.document_uid and r.occurrence = l.occurrence);

-- one row per exchange of which one side has no rate: the cash is booked, the exchange is tried again each night
insert into waiting
select distinct x.document_uid, x.occurrence, 'no_fx_rate'
from exchange as x
join exchange_value as v on v.document_uid = x.document_uid and v.taken_type = x.taken_type and v.occurrence = x.occurrence
join event_type as t on t.code = x.taken_type
left join event_rate as r
    on r.document_uid = x.document_uid and r.event_type = x.taken_type and r.occurrence = x.occurrence and r.line_no = 1
left join day_rate as d on d.legal_entity_code = x.legal_entity_code and d.currency = r.currency and d.on_date = r.on_date
where (
        v.functional_minor is null
        or (not v.is_home and t.name = 'processor.settled' and d.rate is null)
        or (not v.is_home and t.name <> 'processor.settled' and not exists (
            from relief_value as i
            where i.document_uid = x.document_uid and i.event_type = x.taken_type and i.occurrence = x.occurrence and i.item_type = 'invoice')))
    and not exists (from waiting as w where w.document_uid = x.document_uid and w.occurrence = x.occurrence);

-- one row per application that settles more without cash than its entity tolerates, or without a rate to tell
insert into waiting
select distinct a.document_uid, a.occurrence, case when d.rate is null then 'no_fx_rate' else 'adjustment_above_tolerance' end
from foreign_adjustment as a
left join day_rate as d on d.legal_entity_code = a.legal_entity_code and d.currency = a.currency and d.on_date = a.on_date
where (d.rate is null or divide_half_up(abs(a.adjustment_minor)::hugeint * d.numerator, d.denominator) > coalesce(a.tolerance_minor, -1))
    and not exists (from waiting as w where w.document_uid = a.document_uid and w.occurrence = a.occurrence);
