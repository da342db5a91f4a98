-- the journal entries, ready or held
insert into tieout.journal_entry (id, batch_no, erp_code, legal_entity_code, period_name, posting_date, currency, exponent, functional_currency,
    functional_exponent, category,
    part_no, part_count, reference, content_sha256, description, document_count, total_debit_minor, state, held_reason, reversal_style)
select n.id, b.batch_no, n.erp_code, n.legal_entity_code, n.period_name, n.posting_date, n.currency, n.exponent, n.functional_currency,
    n.functional_exponent, n.category,
    n.part_no, n.part_count, n.reference, n.content_sha256, n.description, n.document_count, n.total_debit_minor, n.state, n.held_reason, n.reversal_style
from new_entry as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
