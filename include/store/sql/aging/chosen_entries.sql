-- one row per journal entry of a legal entity that counts: of a past day, what the ERP had confirmed of it; without one, all that stands
select id::text as id
from journal_entry
where legal_entity_code = %(entity)s
    and case when %(as_of)s::date is null then state not in ('superseded', 'rejected')
        else posting_date <= %(as_of)s and state in ('posted', 'verified', 'reversed') end
