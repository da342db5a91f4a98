-- the running totals of billing's live documents: what the batch adds, less what the register still holds of the same documents
insert into tieout.document_total (source_id, legal_entity_code, document_type, document_date, currency, document_count, total_minor)
select s.source_id, d.legal_entity_code, d.document_type, d.document_date, d.currency, sum(d.document_count), sum(d.total_minor)
from (
    select n.legal_entity_code, n.document_type, n.document_date, n.currency, n.document_count, n.total_minor
    from new_total as n
    union all
    select r.legal_entity_code, r.document_type, r.document_date, r.currency, -1, -r.total_minor
    from new_register as n
    join tieout.document_register as r on r.document_uid = n.document_uid
    where r.is_live and r.document_date is not null
) as d
cross join tieout.source_stream as s
where s.source_code = (select source_code from new_batch)
group by s.source_id, d.legal_entity_code, d.document_type, d.document_date, d.currency
having sum(d.document_count) <> 0 or sum(d.total_minor) <> 0
on conflict (source_id, legal_entity_code, document_type, document_date, currency) do update
set document_count = document_total.document_count + excluded.document_count,
    total_minor = document_total.total_minor + excluded.total_minor
