-- one row per journal line to be: entry and part, document where it has lines of its own, account, party, kept dimensions, debit or credit
create or replace table summary_line as
with summed as (
    select
        entry_no, part_no, document_no, key_no, is_debit,
        sum(amount_minor)::bigint as amount_minor, sum(functional_minor)::bigint as functional_minor,
        sum(document_count)::bigint as document_count,
        min(first_document) as first_document, max(last_document) as last_document, min(first_date) as first_date, max(last_date) as last_date
    from line_sum
    group by entry_no, part_no, document_no, key_no, is_debit
),
-- what debits and credits together leave, where that is to be shown. Both sides stay where it would be a debit in one
-- currency and none in the other
left_over as (
    select entry_no, part_no, document_no, key_no,
        case
            when amount_minor = 0 and coalesce(functional_minor, 0) = 0 then 'nothing'
            when sign(amount_minor) = sign(coalesce(functional_minor, amount_minor)) then 'difference'
            else 'both sides'
        end as shown
    from summed
    where is_debit is null
),
-- ... and where an entry, or a document in it, would have no line at all
judged as (
    select *, bool_and(shown = 'nothing') over (partition by entry_no, part_no, document_no) as is_empty from left_over
)
select s.* exclude (key_no) replace (coalesce(s.is_debit, s.amount_minor > 0) as is_debit), k.* exclude (key_no)
from summed as s
join line_key as k on k.key_no = s.key_no
left join judged as j
    on j.entry_no = s.entry_no and j.part_no = s.part_no and j.document_no is not distinct from s.document_no and j.key_no = s.key_no
where j.entry_no is null
    or case when j.is_empty or j.shown = 'both sides' then s.is_debit is not null else j.shown = 'difference' and s.is_debit is null end;
