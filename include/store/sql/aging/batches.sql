-- one row per committed batch of a source, with the manifests of what it booked and of what was landed for it
select b.batch_no, b.manifest, a.manifest as landed
from batch as b
left join attempt as a on a.id = b.attempt_id
where b.source_code = %(source)s
order by b.batch_no
