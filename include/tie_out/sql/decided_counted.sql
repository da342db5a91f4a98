-- what the finance database counts of the batch
insert into decided_cell
select 'counted', document_type, legal_entity_code, currency, outcome, document_count, total_minor
from counted_outcomes;
