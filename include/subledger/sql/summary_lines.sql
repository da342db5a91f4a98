-- one row per journal line to be: entry group and part, account, party, kept dimensions, debit or credit
create or replace table summary_line as
with summed as (
    select
        group_no, part_no, key_no, is_debit,
        sum(amount_minor)::bigint as amount_minor, sum(functional_minor)::bigint as functional_minor,
        sum(document_count)::bigint as document_count,
        min(first_document) as first_document, max(last_document) as last_document, min(first_date) as first_date, max(last_date) as last_date
    from line_sum
    group by group_no, part_no, key_no, is_debit
)
select s.* exclude (key_no), k.* exclude (key_no)
from summed as s
join line_key as k on k.key_no = s.key_no;
