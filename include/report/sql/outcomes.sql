-- one row per legal entity, currency, document type, outcome and reason, over the batches of the night
select o.legal_entity_code, o.currency, o.document_type, o.outcome, o.reason, sum(o.document_count)::bigint as document_count,
    sum(o.total_minor) as total_minor
from batch_outcome as o
join batch as b on b.batch_no = o.batch_no
where b.read_instant = %(read_instant)s
group by o.legal_entity_code, o.currency, o.document_type, o.outcome, o.reason
order by o.legal_entity_code <> 'UNASSIGNED', o.legal_entity_code, o.currency, o.document_type, o.outcome, o.reason
