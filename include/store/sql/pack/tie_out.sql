-- one row per cell of the tie-outs that stand: hop 1 has the source's own control totals on its left side
select to_jsonb(t)::text as line
from (
    select r.source_code, r.actor, r.tied_at, t.*
    from tie_out_run as r
    join tie_out as t on t.run_id = r.id
    where r.read_instant = %(read_instant)s and r.superseded_at is null) as t
order by t.hop, t.source_code, t.legal_entity_code, t.run_id, t.row_no
