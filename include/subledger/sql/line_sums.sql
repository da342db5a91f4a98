-- one row per journal line to be, of the portion's documents: entry group and part, account, party, kept dimensions, side.
-- A document lies in one portion, so that counts of documents add up
insert into line_sum
with document_sum as (
    select
        b.group_no, b.document_uid, s.account_code, s.party_key,
        case when e.keeps_department then s.department end as department,
        case when e.keeps_region then s.region end as region,
        case when e.keeps_product_line then s.product_line end as product_line,
        case when s.amount_minor = 0 then s.functional_minor else s.amount_minor end > 0 as is_debit,
        any_value(g.part_count) as part_count,
        sum(s.amount_minor)::bigint as amount_minor,
        sum(s.functional_minor)::bigint as functional_minor,
        min(b.document_date) as first_date,
        max(b.document_date) as last_date
    from subledger_entry as s
    join booking as b on b.booking_id = s.booking_id
    join posting_group as g on g.group_no = b.group_no
    join legal_entity as e on e.code = g.legal_entity_code
    where b.portion = getvariable('portion') and g.sum_round = getvariable('sum_round')
    group by all
)
select
    group_no, part_of(document_uid, part_count) as part_no, account_code, party_key, department, region, product_line, is_debit,
    sum(amount_minor)::bigint, sum(functional_minor)::bigint, count(*), min(document_uid), max(document_uid), min(first_date), max(last_date)
from document_sum
group by all;
