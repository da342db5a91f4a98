-- one row per legal entity, sister and day: the first day on or after it that is open in the books of both, within the fiscal
-- year of both; where there is none, both legs wait for a person
insert into posting_day
with day as (
    select distinct d.legal_entity_code, d.sister_code, e.base_date, p.fiscal_year, s.fiscal_year as sister_year
    from sister_leg as d
    join event_delta as e
        on e.document_uid = d.document_uid and e.event_type = d.event_type and e.occurrence = d.occurrence
        and (e.reverses_no is not null) = d.is_reversal
    left join period as p on p.legal_entity_code = d.legal_entity_code and e.base_date between p.start_date and p.end_date
    left join period as s on s.legal_entity_code = d.sister_code and e.base_date between s.start_date and s.end_date
),
candidate as (
    select *, base_date as posting_date from day
    union
    select d.*, p.start_date
    from day as d
    join period as p on p.legal_entity_code in (d.legal_entity_code, d.sister_code) and p.is_open and p.start_date > d.base_date
),
shared as (
    select c.legal_entity_code, c.sister_code, c.base_date, min(c.posting_date) as posting_date
    from candidate as c
    join period as p
        on p.legal_entity_code = c.legal_entity_code and p.is_open and p.fiscal_year = c.fiscal_year
        and c.posting_date between p.start_date and p.end_date
    join period as s
        on s.legal_entity_code = c.sister_code and s.is_open and s.fiscal_year = c.sister_year
        and c.posting_date between s.start_date and s.end_date
    group by c.legal_entity_code, c.sister_code, c.base_date
),
placed as (
    select distinct d.legal_entity_code, d.sister_code, d.base_date, coalesce(h.posting_date, d.base_date) as posting_date,
        h.posting_date is not null as is_open, d.fiscal_year is not null and d.sister_year is not null as is_known
    from day as d
    left join shared as h
        on h.legal_entity_code = d.legal_entity_code and h.sister_code = d.sister_code and h.base_date = d.base_date
)
select m.legal_entity_code, m.sister_code, m.base_date, m.posting_date,
    coalesce(p.period_name, strftime(m.posting_date, '%Y-%m')) as period_name,
    case
        when m.posting_date > least(e.today, s.today) then 'future_date'
        when not m.is_known then 'period_closed'
        when not m.is_open then 'hold_for_reopen'
    end as held_reason
from placed as m
join legal_entity as e on e.code = m.legal_entity_code
join legal_entity as s on s.code = m.sister_code
left join period as p
    on p.legal_entity_code = m.legal_entity_code and m.posting_date between p.start_date and p.end_date
qualify row_number() over (
    partition by m.legal_entity_code, m.sister_code, m.base_date
    order by coalesce(p.is_open, false) desc, p.end_date - p.start_date, p.period_name) = 1;
