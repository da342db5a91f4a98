-- one row per journal line to be, of the portion's documents: entry group and part, line key, side.
-- A document lies in one portion, so that counts of documents add up
insert into line_sum
with document_sum as (
    select
        s.group_no, b.document_uid, c.key_no, case when s.amount_minor = 0 then s.functional_minor else s.amount_minor end > 0 as is_debit,
        sum(s.amount_minor)::bigint as amount_minor,
        sum(s.functional_minor)::bigint as functional_minor,
        min(b.document_date) as first_date,
        max(b.document_date) as last_date
    from subledger_entry as s
    join booking as b on b.booking_id = s.booking_id
    join coding_key as c on c.coding_no = s.coding_no
    where b.portion = getvariable('portion') and s.group_no in (select group_no from posting_group where sum_round = getvariable('sum_round'))
    group by all
)
select
    s.group_no, part_of(s.document_uid, g.part_count) as part_no, s.key_no, s.is_debit,
    sum(s.amount_minor)::bigint, sum(s.functional_minor)::bigint, count(*), min(s.document_uid), max(s.document_uid),
    min(s.first_date), max(s.last_date)
from document_sum as s
join posting_group as g on g.group_no = s.group_no
group by all;
