-- one row per day up to which lines are recognised, in the span that is looked at, with the day before it
create or replace temp table trial_day as
with ended as (
    select distinct p.legal_entity_code, p.end_date as as_of
    from period as p
    join recognised_through as t on t.legal_entity_code = p.legal_entity_code and p.end_date <= t.through_date
),
placed as (
    select *, coalesce(lag(as_of) over (partition by legal_entity_code order by as_of), date '1900-01-01') as prior_as_of from ended
)
from placed where as_of between getvariable('first_day') and getvariable('last_day');

-- one row per line and terms that only one side has: +1 by the other rules, -1 as it is. A line without an amount earns nothing
create or replace temp table changed_term as
select * exclude (is_other, functional_minor), sum(case when is_other then 1 else -1 end)::bigint as sign
from term
where amount_minor <> 0
group by all
having sum(case when is_other then 1 else -1 end) <> 0;

insert into schedule_group
select (select coalesce(max(group_no), 0) from schedule_group) + row_number() over (
    order by legal_entity_code, currency, revenue_treatment, product_line, department, region), all_of.*
from (
    select distinct legal_entity_code, currency, revenue_treatment, product_line, department, region from changed_term
    except
    select legal_entity_code, currency, revenue_treatment, product_line, department, region from schedule_group
) as all_of;

-- what the other terms would have earned in the periods beyond what the terms of now have. What a foreign line would have been worth
-- is not known here, and it is left out
insert into trial_amount
select c.document_uid, c.bucket, g.group_no, d.as_of,
    (c.sign * (
        required_minor(
            c.amount_minor, c.method, c.service_start, c.service_end, c.recognition_date, c.begins_date, c.ended_date, c.from_date,
            c.base_minor, c.base_earned_minor, d.as_of)
        - required_minor(
            c.amount_minor, c.method, c.service_start, c.service_end, c.recognition_date, c.begins_date, c.ended_date, c.from_date,
            c.base_minor, c.base_earned_minor, d.prior_as_of)))::bigint
from changed_term as c
join legal_entity as e on e.code = c.legal_entity_code and e.functional_currency = c.currency
join schedule_group as g
    on g.legal_entity_code = c.legal_entity_code and g.currency = c.currency
    and g.revenue_treatment is not distinct from c.revenue_treatment and g.product_line is not distinct from c.product_line
    and g.department is not distinct from c.department and g.region is not distinct from c.region
join trial_day as d on d.legal_entity_code = c.legal_entity_code;
