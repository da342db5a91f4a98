-- one row: the earliest posting date of the entity's entries of the last thirty batches; today where there are none
select coalesce(min(e.posting_date), current_date) as since
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
where e.erp_code = %(erp)s and e.legal_entity_code = %(entity)s and b.batch_no > (select coalesce(max(batch_no), 0) - 30 from batch)
