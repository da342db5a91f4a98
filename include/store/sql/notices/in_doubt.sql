-- one row per legal entity: entries of which nobody knows whether the ERP has them
select legal_entity_code, count(*) as entry_count, min(reference) as reference, min(state_at) as since
from journal_entry
where state = 'in_doubt'
group by legal_entity_code
order by legal_entity_code
