-- the batch of a revaluation run: it reads nothing from its source, so it stands where the source stands
insert into tieout.batch (id, attempt_id, kind, source_code, read_instant, horizon_from, horizon_to, snapshot_rank, generation,
    rule_set_sha256, code_version, manifest)
select new.id::uuid, new.attempt_id::uuid, 'revaluation', new.source_code, t.read_instant, s.horizon, s.horizon, s.snapshot_rank, null,
    new.rule_set_sha256, new.code_version, new.manifest::jsonb
from new_batch as new
join tieout.attempt as t on t.id = new.attempt_id::uuid
join tieout.source_stream as s on s.source_code = new.source_code
