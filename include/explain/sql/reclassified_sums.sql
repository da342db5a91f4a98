-- one row per document, period in which it is posted and account, in the entity's own currency: what the reclassification adds
create or replace temp table reclassified_sum as
select document_uid, legal_entity_code, period_name, account_code, max(held_reason) as held_reason, sum(own_minor)::bigint as amount_minor
from stored_entry
group by document_uid, legal_entity_code, period_name, account_code
having sum(own_minor) <> 0
