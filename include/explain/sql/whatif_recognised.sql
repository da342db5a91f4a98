-- what the other rules recognise of the bucket's documents
insert into ruled_sum
select r.document_uid, r.legal_entity_code, r.event_date, r.account_code, r.amount_minor
from recognised_sum_file as r
