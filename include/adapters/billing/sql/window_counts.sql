-- one row per dataset, document type, legal entity and currency: how much of it changed at or after the horizon.
-- Amounts beyond what is taken (limits.py) land as unknown, and count as nothing.
-- Counted by the documents' own rows; what came along because something beside it changed is not in these counts
-- include: billed_documents.sql
, deleted as (
    select 'invoice' as document_type, x.id
    from billing.deletions as x
    left join billing.invoices as d on d.id = x.id
    where x.table_name = 'invoices' and x.row_xid >= current_setting('tieout.horizon')::xid8 and d.id is null
    union all
    select 'credit_memo', x.id
    from billing.deletions as x
    left join billing.credit_notes as d on d.id = x.id
    where x.table_name = 'credit_notes' and x.row_xid >= current_setting('tieout.horizon')::xid8 and d.id is null
    union all
    select 'payment', x.id
    from billing.deletions as x
    left join billing.payments as d on d.id = x.id
    where x.table_name = 'payments' and x.row_xid >= current_setting('tieout.horizon')::xid8 and d.id is null
    union all
    select 'refund', x.id
    from billing.deletions as x
    left join billing.refunds as d on d.id = x.id
    where x.table_name = 'refunds' and x.row_xid >= current_setting('tieout.horizon')::xid8 and d.id is null
    union all
    select 'dispute', x.id
    from billing.deletions as x
    left join billing.disputes as d on d.id = x.id
    where x.table_name = 'disputes' and x.row_xid >= current_setting('tieout.horizon')::xid8 and d.id is null
    union all
    select 'processor_fee', x.id
    from billing.deletions as x
    left join billing.processor_fees as d on d.id = x.id
    where x.table_name = 'processor_fees' and x.row_xid >= current_setting('tieout.horizon')::xid8 and d.id is null
    union all
    select 'payout', x.id
    from billing.deletions as x
    left join billing.payouts as d on d.id = x.id
    where x.table_name = 'payouts' and x.row_xid >= current_setting('tieout.horizon')::xid8 and d.id is null
)
select
    'window'::text as check_name,
    'documents'::text as dataset,
    b.document_type::text as document_type,
    coalesce(b.legal_entity_code, 'UNASSIGNED')::text as legal_entity_code,
    null::date as document_date,
    b.currency::text as currency,
    count(*)::bigint as row_count,
    coalesce(sum(b.total_minor) filter (where b.total_minor between -1000000000000000 and 1000000000000000), 0)::bigint as total_minor,
    0::bigint as open_minor
from billed as b
where b.row_xid >= current_setting('tieout.horizon')::xid8
group by b.document_type, b.legal_entity_code, b.currency
union all
select 'window', 'deletions', d.document_type, null, null, null, count(distinct d.id), 0, 0
from deleted as d
group by d.document_type
union all
select 'window', 'lines', 'invoice', null, null, null, count(*), coalesce(sum(l.amount_minor) filter (where l.amount_minor between -1000000000000000 and 1000000000000000), 0)::bigint, 0
from billing.invoice_lines as l
where l.invoice_id is not null
    and exists (select from billing.invoices as d where d.id = l.invoice_id and d.row_xid >= current_setting('tieout.horizon')::xid8) -- changes only
    and l.deleted_at is null
union all
select 'window', 'lines', 'credit_memo', null, null, null, count(*), coalesce(sum(l.amount_minor) filter (where l.amount_minor between -1000000000000000 and 1000000000000000), 0)::bigint, 0
from billing.credit_note_lines as l
where l.credit_note_id is not null
    and exists (select from billing.credit_notes as d where d.id = l.credit_note_id and d.row_xid >= current_setting('tieout.horizon')::xid8) -- changes only
    and l.deleted_at is null
union all
select 'window', 'lines', 'dispute', null, null, null, count(*), coalesce(sum(l.amount_minor) filter (where l.amount_minor between -1000000000000000 and 1000000000000000), 0)::bigint, 0
from billing.dispute_movements as l
where l.deleted_at is null
    and exists (select from billing.disputes as d where d.id = l.dispute_id and d.row_xid >= current_setting('tieout.horizon')::xid8)
union all
select 'window', 'lines', 'payout', null, null, null, count(*), coalesce(sum(l.amount_minor) filter (where l.amount_minor between -1000000000000000 and 1000000000000000), 0)::bigint, 0
from billing.payout_items as l
where l.deleted_at is null
    and exists (select from billing.payouts as d where d.id = l.payout_id and d.row_xid >= current_setting('tieout.horizon')::xid8)
union all
select 'window', 'applications', 'payment', null, null, null, count(*), coalesce(sum(a.amount_minor) filter (where a.amount_minor between -1000000000000000 and 1000000000000000), 0)::bigint, 0
from billing.payment_allocations as a
where a.payment_id is not null
    and exists (select from billing.payments as d where d.id = a.payment_id and d.row_xid >= current_setting('tieout.horizon')::xid8) -- changes only
    and a.deleted_at is null
union all
select 'window', 'applications', 'credit_memo', null, null, null, count(*), coalesce(sum(a.amount_minor) filter (where a.amount_minor between -1000000000000000 and 1000000000000000), 0)::bigint, 0
from billing.payment_allocations as a
where a.credit_note_id is not null
    and exists (select from billing.credit_notes as d where d.id = a.credit_note_id and d.row_xid >= current_setting('tieout.horizon')::xid8) -- changes only
    and a.deleted_at is null
