-- one row: the newest read instant for which the legal entity was tied out
select max(read_instant) as read_instant
from tie_out_run
where legal_entity_code = %(entity)s and superseded_at is null
