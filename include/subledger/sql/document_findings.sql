-- one row per document of the bucket and rule that it breaks
insert into finding
with judged as (
    select d.*, f.* exclude (document_uid), e.code as known_entity, e.today, e.max_future_days, c.code as known_currency,
        e.default_revenue_effect, e.max_backdated_days, r.accounted_date
    from bucket_documents as d
    join document_fact as f on f.document_uid = d.document_uid
    join document_state as s on s.document_uid = d.document_uid
    left join legal_entity as e on e.code = d.legal_entity_code
    left join currency as c on c.code = d.currency
    left join register_row as r on r.document_uid = d.document_uid
    where s.exclusion is null and not s.is_deleted
)
select document_uid, 'unknown_legal_entity', coalesce('legal entity ' || legal_entity_code || ' is not configured', 'no legal entity'), true
from judged where known_entity is null
union all
select document_uid, 'unknown_currency', 'currency ' || coalesce(currency, '(none)') || ' is not an ISO 4217 currency', true
from judged where known_currency is null
union all
select document_uid, 'missing_document_date', 'no document date', true
from judged where document_date is null
union all
select document_uid, 'missing_document_date', 'status ' || status || ', but no date of it', true
from judged
where document_date is not null and (
    (document_type in ('invoice', 'credit_memo') and status = 'void' and voided_date is null)
    or (document_type = 'payment' and status = 'reversed' and reversed_date is null)
    or (document_type = 'refund' and status = 'failed' and failed_date is null))
union all
select document_uid, 'future_document_date', 'dated ' || document_date || ', more than ' || max_future_days || ' days after ' || today, true
from judged where document_date > today + max_future_days
union all
select document_uid, 'backdated', 'accounted on ' || accounted_date || ', now dated ' || document_date, true
from judged where document_date < accounted_date - max_backdated_days
union all
select document_uid, 'unknown_product', unknown_product_count || ' of ' || line_count || ' lines without a known product', true
from judged where document_type in ('invoice', 'credit_memo') and unknown_product_count > 0
union all
select document_uid, 'lines_do_not_sum',
    'lines give ' || (amount_sum - discount_sum - inclusive_tax_sum + tax_sum) || ' minor units, the document says ' || coalesce(total_minor::varchar, 'nothing'), true
from judged
where document_type in ('invoice', 'credit_memo')
    and (line_count = 0 or total_minor is null or amount_sum <> subtotal_minor or discount_sum <> discount_minor
        or amount_sum - discount_sum - inclusive_tax_sum + tax_sum <> total_minor)
union all
select document_uid, 'taxes_do_not_sum',
    'lines carry ' || tax_sum || ' minor units of tax, the document says ' || coalesce(tax_minor::varchar, 'nothing')
        || case when wrong_tax_count > 0 then '; ' || wrong_tax_count || ' lines differ from their tax rows' else '' end, true
from judged
where document_type in ('invoice', 'credit_memo') and (tax_minor is null or tax_sum <> tax_minor or wrong_tax_count > 0)
union all
select document_uid, 'negative_amount', document_type || ' of ' || coalesce(total_minor::varchar, 'no') || ' minor units', true
from judged
where (document_type in ('payment', 'refund', 'credit_memo') and coalesce(total_minor, -1) < 0) or smallest_application < 0
union all
select document_uid, 'applications_exceed_document',
    applied_sum || ' minor units applied of ' || total_minor, true
from judged
where document_type in ('payment', 'credit_memo') and total_minor >= 0 and applied_sum > total_minor
union all
select document_uid, 'missing_revenue_effect', missing_effect_count || ' of ' || line_count || ' lines do not say what becomes of the revenue', true
from judged
where document_type = 'credit_memo' and missing_effect_count > 0 and default_revenue_effect is null
union all
select document_uid, 'refund_without_credit_note', 'no credit memo, and the payment has ' || coalesce(payment_unapplied_minor, 0) || ' minor units unapplied', false
from judged
where document_type = 'refund' and credit_memo_id is null and coalesce(payment_unapplied_minor, 0) < total_minor;
