-- one row per cause, currency and owner of open exceptions; at risk in functional currency where that can be said
select category, split_part(cause, '|', -1) as rule, case when risk_minor is null then currency else risk_currency end as currency,
    coalesce(desk_owner, owner) as owner, count(*) as exception_count, sum(coalesce(risk_minor, amount_minor)) as amount_minor
from exception
where state = 'open'
group by 1, 2, 3, 4
order by 1, 2, 3, 4
