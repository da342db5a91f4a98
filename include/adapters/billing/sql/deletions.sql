-- one row per document that was deleted for good since the horizon and is not back
select
    case d.table_name
        when 'invoices' then 'invoice'
        when 'credit_notes' then 'credit_memo'
        when 'payments' then 'payment'
        when 'refunds' then 'refund'
        when 'disputes' then 'dispute'
        when 'processor_fees' then 'processor_fee'
        when 'payouts' then 'payout'
    end::text as document_type,
    d.id::text as native_id,
    max(d.deleted_at)::timestamptz as deleted_at,
    max(d.row_xid::text::bigint) as row_xid
from billing.deletions as d
where d.row_xid >= current_setting('tieout.horizon')::xid8
    and d.table_name in ('invoices', 'credit_notes', 'payments', 'refunds', 'disputes', 'processor_fees', 'payouts')
    and not exists (select from billing.invoices as x where d.table_name = 'invoices' and x.id = d.id)
    and not exists (select from billing.credit_notes as x where d.table_name = 'credit_notes' and x.id = d.id)
    and not exists (select from billing.payments as x where d.table_name = 'payments' and x.id = d.id)
    and not exists (select from billing.refunds as x where d.table_name = 'refunds' and x.id = d.id)
    and not exists (select from billing.disputes as x where d.table_name = 'disputes' and x.id = d.id)
    and not exists (select from billing.processor_fees as x where d.table_name = 'processor_fees' and x.id = d.id)
    and not exists (select from billing.payouts as x where d.table_name = 'payouts' and x.id = d.id)
group by d.table_name, d.id
