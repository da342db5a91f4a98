-- where the batch of an attempt is to stand: its number, its source's, and the rank of its snapshot
select nextval(pg_get_serial_sequence('tieout.batch', 'batch_no')) as batch_no, s.source_id, a.snapshot_rank
from tieout.attempt as a
join tieout.source_stream as s on s.source_code = a.source_code
where a.id = $1::uuid
