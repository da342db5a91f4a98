-- one row per balance that is left of an invoice after full credit: the receivable that nothing settles any more (open), or what is left
-- of a credit memo (unapplied). A positive amount is a debit balance. Whether it is small is told once rates are known
create or replace temp table residual_event as
select
    d.document_uid, d.legal_entity_code, d.currency, d.document_date, d.customer_ref,
    'small_balance.written_off' as event, occurrence_of(l.line_id) as occurrence, 1 as line_no, true as is_single, l.effective_date as event_date,
    case when l.invoice_line_id is null then 'open' else 'unapplied' end as portion, 0::bigint as net_minor, 0::bigint as tax_minor, l.amount_minor
from live_document as d
join portion_lines as l on l.document_uid = d.document_uid
where d.document_type = 'invoice' and l.line_kind = 'residual' and d.voided_date is null and d.written_off_date is null;

insert into residual
select document_uid, occurrence, legal_entity_code, currency, document_date, amount_minor from residual_event;
