-- one row per legal entity, as billing names it, and day: the live documents dated on it that this batch saw first
select billed_entity_code as legal_entity_code, document_date, count(*) as document_count
from registered
where is_first and is_live and document_date is not null
group by all
order by all;
