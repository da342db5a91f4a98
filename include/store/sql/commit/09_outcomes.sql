-- the accounted-for equation
insert into tieout.batch_outcome (batch_no, document_type, legal_entity_code, currency, outcome, reason, document_count, total_minor)
select b.batch_no, n.document_type, n.legal_entity_code, n.currency, n.outcome, n.reason, n.document_count, n.total_minor
from new_outcome as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
