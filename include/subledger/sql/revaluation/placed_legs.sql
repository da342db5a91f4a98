-- one row per new leg with its place. What takes a revaluation back waits until that stands in the ERP
create table placed_leg as
select l.*, p.posting_date, p.period_name,
    case l.half when 'start' then coalesce(p.held_reason, 'awaits_entry') else p.held_reason end as held_reason
from new_leg as l
join posting_day as p on p.legal_entity_code = l.legal_entity_code and p.base_date = l.base_date;
