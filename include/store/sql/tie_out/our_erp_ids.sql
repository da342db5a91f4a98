-- one row per id in the ERP that is an entry of ours
select erp_id
from journal_entry
where erp_code = %(erp)s and legal_entity_code = %(entity)s and state in ('posted', 'verified', 'reversed') and erp_id = any(%(ids)s)
