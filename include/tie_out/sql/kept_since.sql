-- one row where billing keeps totals: the day from which on they were read
select document_date as since
from control_totals
where check_name = 'since';
