-- one row per posting group whose lines are summed in this round, and way in which they are: debits and credits apart, and, where
-- their difference is shown, together as well
create or replace temp table summed_group as
select g.group_no, g.entry_no, e.part_count, e.tells_documents, w.is_netted
from posting_group as g
join entry_group as e on e.entry_no = g.entry_no
join (values (false), (true)) as w (is_netted) on not w.is_netted or e.is_net
where e.sum_round = getvariable('sum_round');

-- one row per journal line to be, of the portion's documents: entry and part, document where it has lines of its own, line key, side.
-- A document lies in one portion, so that counts of documents add up
insert into line_sum
with document_sum as (
    select
        g.entry_no, s.document_no, g.tells_documents, c.key_no,
        case when not g.is_netted then case when s.amount_minor = 0 then s.functional_minor else s.amount_minor end > 0 end as is_debit,
        sum(s.amount_minor)::bigint as amount_minor,
        sum(s.functional_minor)::bigint as functional_minor,
        min(s.document_date) as first_date,
        max(s.document_date) as last_date
    from subledger_entry as s
    join coding_key as c on c.coding_no = s.coding_no
    join summed_group as g on g.group_no = s.group_no
    group by all
),
-- in which part a document falls: only where an entry has several
part as (
    select distinct g.entry_no, b.document_no, part_of(b.document_uid, g.part_count) as part_no
    from booking as b
    join summed_group as g on g.group_no = b.group_no
    where g.part_count > 1 and b.portion = getvariable('portion')
)
select
    s.entry_no, coalesce(p.part_no, 1) as part_no, case when s.tells_documents then s.document_no end, s.key_no, s.is_debit,
    sum(s.amount_minor)::bigint, sum(s.functional_minor)::bigint, count(*), min(s.document_no), max(s.document_no),
    min(s.first_date), max(s.last_date)
from document_sum as s
left join part as p on p.entry_no = s.entry_no and p.document_no = s.document_no
group by all;
