-- one row per journal line to be: entry group and part, account, party, kept dimensions, debit or credit
create or replace table summary_line as
select
    s.legal_entity_code, s.posting_date, s.period_name, s.currency, s.category, s.held_reason,
    part_of(s.document_uid, g.part_count) as part_no, g.part_count,
    s.account_code, s.party_key,
    case when e.keeps_department then s.department end as department,
    case when e.keeps_region then s.region end as region,
    case when e.keeps_product_line then s.product_line end as product_line,
    s.amount_minor > 0 as is_debit,
    sum(s.amount_minor)::bigint as amount_minor,
    count(distinct s.document_uid) as document_count,
    min(s.document_uid) as first_document,
    max(s.document_uid) as last_document,
    min(s.document_date) as first_date,
    max(s.document_date) as last_date
from subledger_entry as s
join legal_entity as e on e.code = s.legal_entity_code
join group_part as g
    on g.legal_entity_code = s.legal_entity_code and g.posting_date = s.posting_date and g.period_name = s.period_name
    and g.currency = s.currency and g.category = s.category and g.held_reason is not distinct from s.held_reason
group by all;
