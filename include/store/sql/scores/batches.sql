-- one row per batch of a source that was read in a span, with the manifests of what it booked and of what was landed for it
select b.batch_no, b.manifest, a.manifest as landed
from batch as b
left join attempt as a on a.id = b.attempt_id
where b.source_code = %(source)s and b.read_instant between %(since)s and %(read_instant)s
order by b.batch_no
