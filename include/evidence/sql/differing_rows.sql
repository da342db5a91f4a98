-- one row per row that one side has more often than the other
create or replace temp table differing_row as
with l as (select r::varchar as row from left_row as r),
r as (select r::varchar as row from right_row as r)
select '-' as side, row from (from l except all from r)
union all
select '+' as side, row from (from r except all from l)
