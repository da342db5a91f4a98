-- one row: when an entry of a legal entity last changed its state
select max(state_at) as changed_at
from journal_entry
where legal_entity_code = %(entity)s
