-- their lines
insert into tieout.journal_line (entry_id, line_no, account_code, amount_minor, functional_minor, department, region, product_line, party_key,
    document_count, line_text, document_uid)
select n.entry_id, n.line_no, n.account_code, n.amount_minor, n.functional_minor, n.department, n.region, n.product_line, n.party_key,
    n.document_count, n.line_text, n.document_uid
from new_line as n
