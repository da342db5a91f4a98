-- one row per balance left after full credit that is more than its entity writes off by itself: it stays open, and is looked at again
-- each night. What is in a foreign currency is judged by its worth on the day of the invoice
create or replace temp table large_residual as
with valued as (
    select r.*, e.functional_currency,
        case when r.currency = e.functional_currency then abs(r.amount_minor)::hugeint
        else divide_half_up(abs(r.amount_minor)::hugeint * d.numerator, d.denominator) end as worth_minor
    from residual as r
    join legal_entity as e on e.code = r.legal_entity_code
    left join day_rate as d on d.legal_entity_code = r.legal_entity_code and d.currency = r.currency and d.on_date = r.on_date
),
summed as (
    select document_uid, legal_entity_code, any_value(currency) as currency, sum(amount_minor) as amount_minor, sum(worth_minor) as worth_minor
    from valued
    group by document_uid, legal_entity_code
)
select s.*
from summed as s
left join adjustment_tolerance as t on t.legal_entity_code = s.legal_entity_code and t.adjustment_kind = 'small_balance'
where s.worth_minor > coalesce(t.tolerance_minor, -1);

insert into waiting
select r.document_uid, r.occurrence, 'residual_above_tolerance'
from residual as r
semi join large_residual as g on g.document_uid = r.document_uid;

insert into finding
select document_uid, 'residual_above_tolerance', amount_minor || ' minor units of ' || currency || ' are left after full credit', false
from large_residual;
