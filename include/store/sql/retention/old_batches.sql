-- one row per batch that was committed by the day asked for, with the legal entities whose documents or entries are in it
select b.batch_no, b.source_code, b.kind, (b.committed_at at time zone 'UTC')::date as committed_on, a.evidence_path,
    jsonb_array_length(b.manifest) as file_count,
    (select coalesce(sum((m.file ->> 'bytes')::bigint), 0)::bigint from jsonb_array_elements(b.manifest) as m (file)) as byte_count,
    array(
        select o.legal_entity_code from batch_outcome as o where o.batch_no = b.batch_no
        union
        select e.legal_entity_code from journal_entry as e where e.batch_no = b.batch_no
        order by 1) as legal_entities
from batch as b
join attempt as a on a.id = b.attempt_id
where b.committed_at < %(before)s
order by b.batch_no
