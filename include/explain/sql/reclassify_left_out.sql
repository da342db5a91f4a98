-- the chosen documents that do not stand in the books as they are now: they are not booked by the way
insert into left_out
select document_uid, document_type, native_id, legal_entity_code, currency, total_minor,
    case when outcome = 'new' then 'not_in_the_books' else coalesce(nullif(reason, ''), outcome) end
from decided
where outcome in ('new', 'excluded', 'quarantined')
