-- one row per legal entity, hop and check that differs in the newest tie-outs
select t.legal_entity_code, t.hop, t.check_name, count(*) as cell_count, min(t.explanation) as explanation
from tie_out as t
join tie_out_run as r on r.id = t.run_id and r.superseded_at is null
where t.status = 'different'
    and r.read_instant = (
        select max(n.read_instant) from tie_out_run as n
        where n.superseded_at is null and coalesce(n.source_code, '') = coalesce(r.source_code, '')
            and coalesce(n.legal_entity_code, '') = coalesce(r.legal_entity_code, ''))
group by t.legal_entity_code, t.hop, t.check_name
order by t.legal_entity_code, t.hop, t.check_name
