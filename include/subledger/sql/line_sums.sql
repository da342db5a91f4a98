-- one row per journal line to be, of the portion's documents: entry group and part, line key, side.
-- A document lies in one portion, so that counts of documents add up
insert into line_sum
with document_sum as (
    select
        s.group_no, s.document_no, c.key_no, case when s.amount_minor = 0 then s.functional_minor else s.amount_minor end > 0 as is_debit,
        sum(s.amount_minor)::bigint as amount_minor,
        sum(s.functional_minor)::bigint as functional_minor,
        min(s.document_date) as first_date,
        max(s.document_date) as last_date
    from subledger_entry as s
    join coding_key as c on c.coding_no = s.coding_no
    where s.group_no in (select group_no from posting_group where sum_round = getvariable('sum_round'))
    group by all
),
-- in which part a document falls: only where a group has several
part as (
    select distinct b.group_no, b.document_no, part_of(b.document_uid, g.part_count) as part_no
    from booking as b
    join posting_group as g on g.group_no = b.group_no
    where g.part_count > 1 and g.sum_round = getvariable('sum_round') and b.portion = getvariable('portion')
)
select
    s.group_no, coalesce(p.part_no, 1) as part_no, s.key_no, s.is_debit,
    sum(s.amount_minor)::bigint, sum(s.functional_minor)::bigint, count(*), min(s.document_no), max(s.document_no),
    min(s.first_date), max(s.last_date)
from document_sum as s
left join part as p on p.group_no = s.group_no and p.document_no = s.document_no
group by all;
