-- the accounted-for equation of each batch: what became of every document, in counts and in minor units
select to_jsonb(o)::text as line
from batch_outcome as o
join batch as b on b.batch_no = o.batch_no
where b.read_instant = %(read_instant)s
order by o.batch_no, o.document_type, o.legal_entity_code, o.currency, o.outcome, o.reason
