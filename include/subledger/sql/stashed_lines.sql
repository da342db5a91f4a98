-- one row per event line of the portion, put aside until all portions are decided upon; the rest stands in its shape and dimensions
select l.document_uid, l.occurrence, l.line_no, s.shape_no, d.dimension_no, l.is_single, l.currency, l.document_date, l.customer_ref, l.net_minor,
    l.tax_minor, l.amount_minor
from event_line as l
join event_shape as s on s.first_key = l.first_key and s.second_key = l.second_key
join dimension as d on d.department is not distinct from l.department and d.region is not distinct from l.region;
