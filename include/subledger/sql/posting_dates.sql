-- one row per legal entity and day: the day on which an event of that day is posted, and why it waits if it does.
-- A closed day moves to the first open day of the same fiscal year; across a year-end only a person decides
create or replace temp table posting_day as
with day as (
    select distinct legal_entity_code, base_date from delta_day
),
placed as (
    select d.*, p.period_name as own_period, p.fiscal_year, coalesce(p.is_open, false) as is_open,
        (select min(n.start_date) from period as n
         where n.legal_entity_code = d.legal_entity_code and n.is_open and n.start_date > d.base_date
            and n.fiscal_year = p.fiscal_year) as next_open
    from day as d
    left join period as p
        on p.legal_entity_code = d.legal_entity_code and d.base_date between p.start_date and p.end_date
    -- where periods of the ERP overlap, one of them: open before closed, then the shorter
    qualify row_number() over (
        partition by d.legal_entity_code, d.base_date order by coalesce(p.is_open, false) desc, p.end_date - p.start_date, p.period_name) = 1
),
moved as (
    select *, case when is_open or next_open is null then base_date else next_open end as posting_date from placed
)
select m.legal_entity_code, null::varchar as sister_code, m.base_date, m.posting_date,
    coalesce(p.period_name, strftime(m.posting_date, '%Y-%m')) as period_name,
    case
        when m.posting_date > e.today then 'future_date'
        when p.period_name is null then 'period_closed'
        when not p.is_open then 'hold_for_reopen'
    end as held_reason
from moved as m
join legal_entity as e on e.code = m.legal_entity_code
left join period as p
    on p.legal_entity_code = m.legal_entity_code and m.posting_date between p.start_date and p.end_date
qualify row_number() over (
    partition by m.legal_entity_code, m.base_date order by coalesce(p.is_open, false) desc, p.end_date - p.start_date, p.period_name) = 1;
