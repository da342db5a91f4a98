-- one row per document of the bucket, day of the event and account, in the entity's own currency: what the other rules make of it
create or replace temp table ruled_sum as
select s.document_uid, s.legal_entity_code, s.event_date, s.account_code, sum(s.own_minor)::bigint as amount_minor
from stored_entry as s
where s.event_date between getvariable('first_day') and getvariable('last_day')
group by s.document_uid, s.legal_entity_code, s.event_date, s.account_code
