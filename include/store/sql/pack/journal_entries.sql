-- one row per journal entry of the batches, as it stands: content hash, state, and what the ERP called it
select to_jsonb(e)::text as line
from (
    select e.batch_no, e.reference, e.id, e.erp_code, e.legal_entity_code, e.book, e.period_name, e.posting_date, e.currency, e.functional_currency,
        e.category, e.part_no, e.part_count, e.document_count, e.total_debit_minor, encode(e.content_sha256, 'hex') as content_sha256,
        e.state, e.held_reason, e.cause, e.erp_id, e.erp_number, e.posted_at, e.verified_at
    from journal_entry as e
    join batch as b on b.batch_no = e.batch_no
    where b.read_instant = %(read_instant)s) as e
order by e.batch_no, e.reference, e.id
