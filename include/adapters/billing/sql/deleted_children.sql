-- one row per line, tax or application that was deleted for good since the horizon, by the dataset it once stood in
select distinct
    case
        when d.table_name in ('invoice_lines', 'credit_note_lines', 'dispute_movements', 'payout_items') then 'lines'
        when d.table_name in ('invoice_line_taxes', 'credit_note_line_taxes') then 'line_taxes'
        else 'applications'
    end as dataset,
    d.id::text as id
from billing.deletions as d
where d.row_xid >= current_setting('tieout.horizon')::xid8
    and d.table_name in (
        'invoice_lines', 'credit_note_lines', 'invoice_line_taxes', 'credit_note_line_taxes', 'payment_allocations',
        'dispute_movements', 'payout_items'
    )
