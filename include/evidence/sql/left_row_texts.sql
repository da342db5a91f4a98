-- one row per row of the left side: its hash, sorted
select sha256(r::varchar) as row_sha256
from left_row as r
order by row_sha256
