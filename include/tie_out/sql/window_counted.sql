-- what billing counted in the same snapshot
insert into window_cell
select 'counted', dataset, document_type, coalesce(legal_entity_code, '*'), coalesce(currency, '*'), row_count, total_minor
from control_totals
where check_name = 'window' and row_count > 0;
