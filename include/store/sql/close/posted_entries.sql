-- one row per posted journal entry of a legal entity and period
select id::text as id, category
from journal_entry
where legal_entity_code = %(entity)s and period_name = %(period)s and state in ('posted', 'verified', 'reversed')
order by id
