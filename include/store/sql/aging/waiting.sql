-- one row per document that waits, and why
select subject_uid::text as document_uid, min(split_part(cause, '|', -1)) as because
from exception
where state = 'open' and subject_uid is not null
group by subject_uid
union
select distinct document_uid::text, 'reversed by a person'
from withdrawn_event
where lifted_at is null
union
select distinct document_uid::text, 'closed as a small balance'
from event_booking
where event_type = %(small_balance)s and not is_superseded
