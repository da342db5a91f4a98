-- one row per shape, line of its rule that does not keep every dimension, and department and region of a document of the bucket
-- that no earlier bucket had: the dimensions to book, and the mapping that lacks a value where it must not. Empty where every
-- rule keeps what billing says
insert into mapped_dimension
with mapped_shape as (
    select s.*, r.line_no as rule_line_no
    from event_shape as s
    join rule_line as r on r.rule_id = s.rule_id
    where r.is_mapped
),
asked as (
    select distinct s.* exclude (first_key, second_key, shape_name), l.department, l.region
    from mapped_shape as s
    join event_line as l on l.first_key = s.first_key and l.second_key = s.second_key
    where not exists (
        from mapped_dimension as m
        where m.shape_no = s.shape_no and m.rule_line_no = s.rule_line_no
            and m.document_department is not distinct from l.department and m.document_region is not distinct from l.region)
),
source as (
    select a.*, d.dimension, d.source, d.kept
    from asked as a
    join rule_line as r on r.rule_id = a.rule_id and r.line_no = a.rule_line_no
    cross join lateral (values
        ('department', r.department, a.department), ('region', r.region, a.region), ('product_line', r.product_line, a.product_line)
    ) as d (dimension, source, kept)
),
looked_up as (
    select s.*, m.mapping, m.must_map, coalesce(v.target, m.fallback) as target
    from source as s
    left join mapping as m on m.mapping = s.source.mapping and m.legal_entity_code = s.legal_entity_code
    left join mapped_value as v
        on v.mapping = m.mapping and v.legal_entity_code = m.legal_entity_code
        and v.value = case m.source
            when 'legal_entity' then s.legal_entity_code when 'department' then s.department when 'region' then s.region
            when 'revenue_treatment' then s.revenue_treatment when 'product_line' then s.product_line
            when 'document_sign' then s.document_sign when 'line_kind' then s.line_kind when 'revenue_effect' then s.revenue_effect
            when 'kind' then s.kind when 'channel' then s.channel when 'method' then s.method when 'processor' then s.processor
            when 'processor_account' then s.processor_account when 'bank_account_ref' then s.bank_account_ref
            when 'refund_against' then s.refund_against
            when 'fee_kind' then s.fee_kind when 'settled' then s.settled when 'reverse_charge' then s.reverse_charge
            when 'portion' then s.portion when 'loss_account' then s.loss_account when 'tax_relief' then s.tax_relief
            when 'settled_by' then s.settled_by when 'settles' then s.settles when 'sister' then s.sister end
),
told as (
    select shape_no, rule_line_no, department, region, dimension,
        case when source.is_kept then kept when source.mapping is null then source.fixed else target end as booked,
        case when must_map and target is null then mapping end as unmapped
    from looked_up
)
select
    shape_no, rule_line_no, department, region,
    max(booked) filter (where dimension = 'department'),
    max(booked) filter (where dimension = 'region'),
    max(booked) filter (where dimension = 'product_line'),
    string_agg(distinct unmapped, ', ' order by unmapped)
from told
group by shape_no, rule_line_no, department, region;
