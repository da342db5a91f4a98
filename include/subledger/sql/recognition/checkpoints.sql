-- one row per legal entity and day up to which its lines are recognised: the ends of its periods. Of closed periods whose
-- amounts go to one open day only the last counts, and of those before the first day on which anything may be posted.
-- `is_new`: no line was recognised up to there before; `prior_as_of`: the new day before it
create or replace temp table checkpoint as
with placed as (
    select d.*, min(d.base_date) filter (where d.held_reason is null) over (partition by d.legal_entity_code) as first_postable
    from posting_day as d
    where exists (from period as p where p.legal_entity_code = d.legal_entity_code and p.end_date = d.base_date)
),
told as (
    select d.legal_entity_code, max(d.base_date) as as_of, any_value(t.through_date) as through_date
    from placed as d
    left join recognised_through as t on t.legal_entity_code = d.legal_entity_code
    group by d.legal_entity_code,
        case when d.held_reason is not null and d.base_date < coalesce(d.first_postable, d.base_date + 1) then null else d.posting_date end
),
judged as (
    select *, through_date is null or as_of > through_date as is_new from told
)
select legal_entity_code, as_of, is_new,
    lag(case when is_new then as_of end) over (partition by legal_entity_code order by as_of) as prior_as_of,
    as_of = max(as_of) over (partition by legal_entity_code) as is_last
from judged;
