-- one row per document of which a tax came more than once, or without a name; see repeated_line
create temp table repeated_tax as
with suspect as (
    select hash(line_id, tax_id) as digest from landed_line_taxes group by digest having count(*) > 1 or count(tax_id) < count(*)
),
taxed as (
    select document_uid, line_id, count(*) - count(distinct tax_id) as repeated_rows
    from landed_line_taxes
    where hash(line_id, tax_id) in (select digest from suspect)
    group by document_uid, line_id
    having count(*) > count(distinct tax_id)
)
select document_uid, sum(repeated_rows)::bigint as repeated_rows from taxed group by document_uid;

-- one row per document with tax rows: how they fit its lines
create temp table tax_fact as
with taxed as (
    select document_uid, line_id, count(*) as row_count, sum(tax_minor)::bigint as tax_sum
    from landed_line_taxes
    group by document_uid, line_id
),
summed as (
    select
        t.document_uid,
        sum(t.row_count)::bigint as row_count,
        coalesce(sum(t.row_count) filter (where l.line_id is null), 0)::bigint as taxes_without_line,
        count(*) filter (where coalesce(t.tax_sum, 0) <> l.tax_minor) as wrong_tax_lines
    from taxed as t
    left join landed_lines as l on l.document_uid = t.document_uid and l.line_id = t.line_id
    group by t.document_uid
),
named as (
    select document_uid, any_value(document_type) as document_type, any_value(native_id) as native_id, any_value(bucket) as bucket
    from landed_line_taxes
    group by document_uid
)
select s.*, n.document_type, n.native_id, n.bucket
from summed as s
join named as n on n.document_uid = s.document_uid;
