-- one row per committed batch of the night
select b.source_code, b.batch_no, b.id::text as batch_id, b.horizon_from, b.horizon_to, a.document_count as landed_count,
    b.rule_set_sha256, b.code_version, a.evidence_path, b.committed_at
from batch as b
join attempt as a on a.id = b.attempt_id
where b.read_instant = %(read_instant)s and b.kind = 'night'
order by b.source_code, b.batch_no
