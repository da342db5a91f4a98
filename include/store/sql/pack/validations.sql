-- one row per validation of what the batches landed, with the digests of its findings
select to_jsonb(v)::text as line
from validation as v
join batch as b on b.attempt_id = v.attempt_id
where b.read_instant = %(read_instant)s
order by v.validated_at, v.id
