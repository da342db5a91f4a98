-- one row per kind of line that no posting rule recognises, or several
select legal_entity_code, event_date, revenue_treatment, product_line, winners
from event_shape
where winner_count <> 1
order by all
limit 20;
