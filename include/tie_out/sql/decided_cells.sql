-- how much landed of the bucket, and what was decided upon it
insert into decided_cell
select 'landed', document_type, legal_entity_code, currency, '', count(*), sum(total_minor)::bigint
from landed
group by all
union all
select 'decided', document_type, legal_entity_code, currency, outcome, count(*), sum(total_minor)::bigint
from decided
group by all;
