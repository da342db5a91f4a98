-- one row per document of the bucket, day of the event and account, in the entity's own currency: what stands in the books, reversals taken off
create or replace temp table booked_sum as
select s.document_uid, s.legal_entity_code, s.event_date, s.account_code, sum(s.own_minor)::bigint as amount_minor
from stored_entry as s
semi join dated as d on d.document_uid = s.document_uid
anti join given_up as g on g.entry_id = s.journal_entry_id::varchar
where s.event_date between getvariable('first_day') and getvariable('last_day')
group by s.document_uid, s.legal_entity_code, s.event_date, s.account_code
