-- what credit memos took of invoice lines, but for goodwill, which takes nothing that is not earned yet: one row per line of a credit memo
, credit as (
    select
        l.id,
        l.invoice_line_id,
        l.line_no,
        l.amount_minor,
        l.revenue_effect,
        coalesce(l.effective_date, n.issue_date) as effective_date,
        n.id as credit_note_id,
        n.issue_date
    from billing.credit_note_lines as l
    join billing.credit_notes as n on n.id = l.credit_note_id
    where n.status = 'issued'
        and n.deleted_at is null
        and l.deleted_at is null
        and l.revenue_effect is distinct from 'goodwill'
        and l.invoice_line_id is not null
)
