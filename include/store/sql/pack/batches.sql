-- one row per batch of the night's instant: what it read, under which rules and code, and the digest of each file of its evidence
select to_jsonb(b)::text as line
from (
    select b.batch_no, b.id, b.attempt_id, b.kind, b.source_code, b.read_instant, b.horizon_from, b.horizon_to, b.snapshot_rank, b.generation,
        b.rule_set_sha256, b.code_version, b.committed_at, b.manifest
    from batch as b
    where b.read_instant = %(read_instant)s) as b
order by b.batch_no
