-- one row per document with tax rows: how they fit its lines
create temp table tax_fact as
with taxed as (
    select document_uid, any_value(document_type) as document_type, any_value(native_id) as native_id, any_value(bucket) as bucket,
        line_id, count(*) as row_count, count(*) - count(distinct tax_id) as repeated_rows, sum(tax_minor)::bigint as tax_sum
    from landed_line_taxes
    group by document_uid, line_id
)
select
    t.document_uid, any_value(t.document_type) as document_type, any_value(t.native_id) as native_id, any_value(t.bucket) as bucket,
    sum(t.row_count)::bigint as row_count,
    sum(t.repeated_rows)::bigint as repeated_rows,
    coalesce(sum(t.row_count) filter (where l.line_id is null), 0)::bigint as taxes_without_line,
    count(*) filter (where t.tax_sum <> l.tax_minor) as wrong_tax_lines
from taxed as t
left join landed_lines as l on l.document_uid = t.document_uid and l.line_id = t.line_id
group by t.document_uid;
