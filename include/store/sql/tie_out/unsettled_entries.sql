-- one row per listed reference of ours that should not, or not surely, stand in the ERP yet
select reference, state
from journal_entry
where erp_code = %(erp)s and legal_entity_code = %(entity)s and reference = any(%(listed)s)
    and state not in ('posted', 'verified', 'superseded', 'reversed')
