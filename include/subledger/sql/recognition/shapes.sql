-- one event line per legal entity, day and kind of line that is recognised: enough for the posting rules to choose by
create or replace temp table told_event as from event_shape limit 0;
insert into told_event by name
select distinct
    t.code as event_type, g.legal_entity_code, r.as_of as event_date, g.revenue_treatment, g.product_line,
    hash(g.legal_entity_code, r.as_of, g.revenue_treatment, g.product_line) as first_key,
    hash(g.product_line, g.revenue_treatment, r.as_of, g.legal_entity_code, 'second') as second_key
from recognised_sum as r
join schedule_group as g on g.group_no = r.group_no
join event_type as t on t.name = 'revenue.recognized';
