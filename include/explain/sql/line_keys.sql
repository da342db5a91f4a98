-- one row per journal line of the entries at hand: what its subledger entries have in common. A dimension tells lines apart
-- only where some line of the entry names it; the side only where a debit and a credit have everything else in common; the
-- document where it has lines of its own
create or replace temp table line_key as
with line as (
    select *, case when amount_minor = 0 then functional_minor else amount_minor end > 0 as is_debit from entry_line
),
kept as (
    select entry_id, bool_or(department is not null) as keeps_department, bool_or(region is not null) as keeps_region,
        bool_or(product_line is not null) as keeps_product_line
    from line
    group by entry_id
)
select l.*, k.keeps_department, k.keeps_region, k.keeps_product_line,
    count(*) over (partition by l.entry_id, l.document_uid, l.account_code, l.party_key, l.department, l.region, l.product_line) > 1 as tells_side
from line as l
join kept as k on k.entry_id = l.entry_id
