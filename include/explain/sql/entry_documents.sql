-- one row per document that the entry, or one line of it, carries in the files at hand; as many as are asked for
select distinct s.document_uid
from stored_entry as s
where s.journal_entry_id = getvariable('entry_id')::uuid
    and (getvariable('line_no') is null or exists (
        from line_key as l
        where l.line_no = getvariable('line_no') and l.account_code = s.account_code
            and l.party_key is not distinct from s.party_key
            and coalesce(l.document_uid = s.document_uid::varchar, true)
            and (not l.keeps_department or l.department is not distinct from s.department)
            and (not l.keeps_region or l.region is not distinct from s.region)
            and (not l.keeps_product_line or l.product_line is not distinct from s.product_line)
            and (not l.tells_side or l.is_debit = s.is_debit)))
order by s.document_uid
limit getvariable('listed')
