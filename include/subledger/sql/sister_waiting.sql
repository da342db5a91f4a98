-- one row per pair of legs between sister entities of which one cannot be valued in the books of its entity: both wait
insert into waiting
with leg as (
    select r.document_uid, r.occurrence, d.rate is null as is_unrated, r.settles_item and v.functional_minor is null as is_unvalued
    from sister_rate as r
    left join day_rate as d on d.legal_entity_code = r.legal_entity_code and d.currency = r.currency and d.on_date = r.on_date
    left join relief_value as v on v.document_uid = r.document_uid and v.event_type = r.event_type and v.occurrence = r.occurrence
    union all
    select r.document_uid, r.occurrence, d.rate is null, false
    from sister_line_rate as r
    left join day_rate as d on d.legal_entity_code = r.legal_entity_code and d.currency = r.currency and d.on_date = r.on_date
)
select l.document_uid, l.occurrence, case when bool_or(l.is_unrated) then 'no_fx_rate' else 'not_yet_supported_foreign_currency' end
from leg as l
where (l.is_unrated or l.is_unvalued)
    and not exists (from waiting as w where w.document_uid = l.document_uid and w.occurrence = l.occurrence)
group by l.document_uid, l.occurrence;

insert into finding
select distinct r.document_uid, 'no_fx_rate',
    'source ' || t.source || ' has no transaction rate of ' || r.currency || ' for ' || r.on_date || ' or the ' || t.max_age_days
        || ' days before, in the books of ' || r.legal_entity_code,
    false
from (
    select document_uid, occurrence, legal_entity_code, currency, on_date from sister_rate
    union
    select document_uid, occurrence, legal_entity_code, currency, on_date from sister_line_rate
) as r
-- what waits for something else needs no rate yet
semi join waiting as w on w.document_uid = r.document_uid and w.occurrence = r.occurrence and w.reason = 'no_fx_rate'
join fx_setting as t on t.legal_entity_code = r.legal_entity_code and t.purpose = 'transaction'
left join day_rate as d on d.legal_entity_code = r.legal_entity_code and d.currency = r.currency and d.on_date = r.on_date
where d.rate is null;
