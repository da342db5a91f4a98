-- how many documents of each day the batch saw first: what timeliness is counted from
insert into tieout.document_arrival (legal_entity_code, batch_no, document_date, document_count)
select n.legal_entity_code, b.batch_no, n.document_date, n.document_count
from new_arrival as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
