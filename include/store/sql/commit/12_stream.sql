-- the stream stands where the committed snapshot stood; only a full reading of a source that was set back moves it backwards
update tieout.source_stream as s
set generation = b.generation, system_identifier = t.system_identifier, horizon = b.horizon_to,
    snapshot_rank = b.snapshot_rank, read_instant = greatest(s.read_instant, b.read_instant), last_batch_no = b.batch_no
from tieout.batch as b
join tieout.attempt as t on t.id = b.attempt_id
where b.id = (select id::uuid from new_batch) and s.source_code = b.source_code
