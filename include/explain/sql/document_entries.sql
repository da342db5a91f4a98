-- one row per subledger entry of the documents at hand, with the line of its journal entry that carries it
select s.* exclude (own_minor, is_debit), l.line_no as journal_line_no
from stored_entry as s
left join line_key as l
    on l.entry_id = s.journal_entry_id::varchar and l.account_code = s.account_code and l.party_key is not distinct from s.party_key
    and coalesce(l.document_uid = s.document_uid::varchar, true)
    and (not l.keeps_department or l.department is not distinct from s.department)
    and (not l.keeps_region or l.region is not distinct from s.region)
    and (not l.keeps_product_line or l.product_line is not distinct from s.product_line)
    and (not l.tells_side or l.is_debit = s.is_debit)
where list_contains(getvariable('wanted_uids')::uuid[], s.document_uid)
order by s.document_uid, s.event_type, s.occurrence, s.booking_no, s.line_no, s.account_code
