-- the batch itself; its attempt can be committed once, by the unique key
insert into tieout.batch (batch_no, id, attempt_id, kind, source_code, read_instant, horizon_from, horizon_to, snapshot_rank, generation,
    rule_set_sha256, code_version, manifest)
overriding system value
select new.batch_no, new.id::uuid, new.attempt_id::uuid, t.kind, new.source_code, t.read_instant, t.horizon_from, t.horizon_to, t.snapshot_rank,
    new.generation + 1, new.rule_set_sha256, new.code_version, new.manifest::jsonb
from new_batch as new
join tieout.attempt as t on t.id = new.attempt_id::uuid
