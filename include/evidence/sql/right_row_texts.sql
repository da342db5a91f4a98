-- one row per row of the right side: its hash, sorted
select sha256(r::varchar) as row_sha256
from right_row as r
order by row_sha256
