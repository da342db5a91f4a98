-- one row: how many rows differ
select count(*) as differing_rows from differing_row
