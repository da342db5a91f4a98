-- one row per journal line to be: entry group and part, account, party, kept dimensions, debit or credit
create or replace table summary_line as
select
    group_no, part_no, account_code, party_key, department, region, product_line, is_debit,
    sum(amount_minor)::bigint as amount_minor, sum(functional_minor)::bigint as functional_minor,
    sum(document_count)::bigint as document_count,
    min(first_document) as first_document, max(last_document) as last_document, min(first_date) as first_date, max(last_date) as last_date
from line_sum
group by group_no, part_no, account_code, party_key, department, region, product_line, is_debit;
