-- one row per document and cause that needs a person
create or replace table exception_row as
with every_cause as (
    select document_uid, rule, detail from finding
    union all
    select document_uid, 'deleted_after_accounting', 'deleted in billing after it was accounted; the books keep it' from decision
    where step = 'deleted_after_accounting'
    union all
    select distinct b.document_uid, case g.held_reason when 'hold_for_reopen' then g.held_reason else 'no_period' end,
        'dated ' || b.event_date || ': ' || case g.held_reason
            when 'hold_for_reopen' then coalesce(h.detail, 'its period is closed and no later one of its fiscal year is open')
            else 'the ERP has no period for that day' end
    from booking as b
    join posting_group as g on g.group_no = b.group_no
    left join held_document as h on h.document_uid = b.document_uid and g.held_reason = 'hold_for_reopen'
    where g.held_reason in ('hold_for_reopen', 'period_closed')
),
found as (
    select document_uid, rule, string_agg(distinct detail, '; ' order by detail) as detail from every_cause group by document_uid, rule
)
select
    'document|' || f.document_uid || '|' || f.rule as cause,
    r.category, r.severity, r.owner, getvariable('source_code') as source_code,
    o.legal_entity_code, o.currency, abs(o.total_minor) as amount_minor,
    -- in functional currency; of a foreign document at the rate of its day, and not known where there is none
    case
        when o.currency = e.functional_currency then abs(o.total_minor)
        else divide_half_up(abs(o.total_minor)::hugeint * d.numerator, d.denominator)
    end::bigint as risk_minor,
    e.functional_currency as risk_currency,
    o.document_type as subject_type, o.native_id as subject_id,
    o.document_uid as subject_uid,
    o.document_type || ' ' || o.native_id || ' of legal entity ' || o.legal_entity_code || ': ' || f.detail as message,
    r.suggested_fix
from found as f
join outcome as o on o.document_uid = f.document_uid
join exception_rule as r on r.rule = f.rule and r.legal_entity_code = o.legal_entity_code
left join legal_entity as e on e.code = o.legal_entity_code
left join day_rate as d on d.legal_entity_code = o.legal_entity_code and d.currency = o.currency and d.on_date = o.document_date;
