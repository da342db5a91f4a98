-- one row per document of the bucket with a line whose dimension must be mapped and is not
insert into finding
select
    l.document_uid,
    'unmapped_dimension',
    string_agg(distinct t.name || ' has a value that mapping ' || m.unmapped || ' does not list'
        || ' (product line ' || coalesce(s.product_line, 'empty') || ', department ' || coalesce(l.department, 'empty')
        || ', region ' || coalesce(l.region, 'empty') || ')', '; '),
    true
from event_line as l
join event_shape as s on s.first_key = l.first_key and s.second_key = l.second_key
join mapped_dimension as m
    on m.shape_no = s.shape_no and m.document_department is not distinct from l.department and m.document_region is not distinct from l.region
join event_type as t on t.code = l.event_type
where m.unmapped is not null
group by l.document_uid;
