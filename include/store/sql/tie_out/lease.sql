-- one row: who holds entries of the legal entity, and until when
select lease_owner, max(lease_until) as lease_until, count(*) as entry_count
from journal_entry
where erp_code = %(erp)s and legal_entity_code = %(entity)s and lease_until is not null
group by lease_owner
order by lease_until desc
limit 1
