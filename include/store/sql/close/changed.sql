-- one row: when an entry of a legal entity that is dated by the end of a period last changed its state
select max(state_at) as changed_at
from journal_entry
where legal_entity_code = %(entity)s and posting_date <= %(until)s
