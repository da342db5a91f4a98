-- one row per differing row, as many as are shown: next to each other what belongs together
select side, row from differing_row order by row, side limit getvariable('shown')
