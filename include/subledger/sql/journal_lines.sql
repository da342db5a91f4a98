-- one row per journal line, numbered within its entry
create or replace table journal_line as
select
    i.entry_id,
    row_number() over (
        partition by i.entry_id
        order by s.account_code, s.is_debit desc, s.party_key, s.product_line, s.department, s.region)::integer as line_no,
    s.account_code, s.amount_minor, coalesce(s.functional_minor, s.amount_minor) as functional_minor, s.department, s.region, s.product_line, s.party_key, s.document_count,
    i.category || ' ' || s.first_date || case when s.last_date <> s.first_date then '..' || s.last_date else '' end
        || ' ' || i.currency
        -- an ERP that keeps one currency shows the amount of the other here
        || case when s.functional_minor is null then '' else ' ' || decimal_text(s.amount_minor, c.exponent) end || ' ' || s.document_count || ' docs ' || getvariable('batch_label') as line_text
from summary_line as s
join entry_id as i on i.group_no = s.group_no and i.part_no = s.part_no
join currency as c on c.code = i.currency;
