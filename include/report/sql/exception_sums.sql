-- one row per cause, currency and owner of open exceptions
select category, split_part(cause, '|', -1) as rule, currency, owner, count(*) as exception_count, sum(amount_minor) as amount_minor
from exception
where state = 'open'
group by 1, 2, 3, 4
order by 1, 2, 3, 4
