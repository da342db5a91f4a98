-- the batch at hand: its number, its source's, and the rank of its snapshot
select b.batch_no, s.source_id, b.snapshot_rank
from tieout.batch as b
join tieout.source_stream as s on s.source_code = b.source_code
where b.id = (select id::uuid from new_batch)
