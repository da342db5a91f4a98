-- one row per document of the portion and rule that it breaks: what the data-quality suites found in it, and what only the
-- register can know. A document that is left out of the books, or was deleted, raises nothing
insert into finding
with judged as (
    select d.document_uid, d.document_date, d.currency, d.legal_entity_code, e.max_backdated_days, r.accounted_date, r.accounted_currency,
        r.accounted_entity_code
    from portion_documents as d
    join document_state as s on s.document_uid = d.document_uid
    left join legal_entity as e on e.code = d.legal_entity_code
    left join register_row as r on r.document_uid = d.document_uid
    where s.exclusion is null and not s.is_deleted
)
select f.document_uid, f.rule, f.detail, f.quarantines
from validation_finding as f
where f.document_uid in (select j.document_uid from judged as j)
union all
select document_uid, 'backdated', 'accounted on ' || accounted_date || ', now dated ' || document_date, true
from judged
where document_date < accounted_date - max_backdated_days
union all
select document_uid, 'currency_changed', 'accounted in ' || accounted_currency || ', now in ' || currency, true
from judged
where currency <> accounted_currency and legal_entity_code = accounted_entity_code
union all
select j.document_uid, 'adjustment_above_tolerance',
    a.adjustment_minor || ' minor units settled without cash on invoice ' || a.invoice_id || ' as ' || coalesce(a.adjustment_kind, 'nothing'), false
from judged as j
join portion_documents as d on d.document_uid = j.document_uid
join portion_applications as a on a.document_uid = j.document_uid
join legal_entity as e on e.code = d.legal_entity_code and e.functional_currency = a.currency
left join adjustment_tolerance as t on t.legal_entity_code = d.legal_entity_code and t.adjustment_kind = a.adjustment_kind
where a.adjustment_minor <> 0 and abs(a.adjustment_minor) > coalesce(t.tolerance_minor, -1);
