-- one row per journal line, numbered within its entry
create or replace table journal_line as
with told as (
    -- the documents that have lines of their own
    select g.entry_no, b.document_no, any_value(b.document_uid) as document_uid, any_value(coalesce(n.number, b.document_uid::varchar)) as number,
        max(b.customer_ref) as customer_ref
    from booking as b
    join posting_group as g on g.group_no = b.group_no
    join entry_group as e on e.entry_no = g.entry_no and e.tells_documents
    left join document_number as n on n.document_uid = b.document_uid
    group by g.entry_no, b.document_no
)
select
    i.entry_id,
    row_number() over (
        partition by i.entry_id
        order by t.number, t.document_uid, s.account_code, s.is_debit desc, s.party_key, s.product_line, s.department, s.region)::integer as line_no,
    s.account_code, s.amount_minor, coalesce(s.functional_minor, s.amount_minor) as functional_minor, s.department, s.region, s.product_line, s.party_key, s.document_count,
    i.category || coalesce(' ' || left(t.number, 80), '')
        || ' ' || s.first_date || case when s.last_date <> s.first_date then '..' || s.last_date else '' end
        || ' ' || i.currency
        -- an ERP that keeps one currency shows the amount of the other here
        || case when s.functional_minor is null then '' else ' ' || decimal_text(s.amount_minor, c.exponent) end
        || case when t.number is null then ' ' || s.document_count || ' docs' else coalesce(' ' || left(t.customer_ref, 80), '') end
        || ' ' || getvariable('batch_label') as line_text,
    t.document_uid
from summary_line as s
join entry_id as i on i.entry_no = s.entry_no and i.part_no = s.part_no
join currency as c on c.code = i.currency
left join told as t on t.entry_no = s.entry_no and t.document_no = s.document_no;
