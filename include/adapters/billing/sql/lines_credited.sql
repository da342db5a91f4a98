-- one row per line of a changed credit memo and line of an earlier one that took part of the same invoice line: how much of that is
-- still deferred depends on it. Its line_no is that of the line that it stands beside. Credit memos follow one another by their day
-- include: changed.sql
-- include: credits.sql
select
    'credit_memo'::text as document_type,
    l.credit_note_id::text as native_id,
    l.id::text || '/' || e.id::text as line_id,
    l.line_no::int as line_no,
    'credited'::text as line_kind,
    e.amount_minor::bigint as amount_minor,
    0::bigint as discount_minor,
    0::bigint as tax_minor,
    false as is_tax_inclusive,
    e.revenue_effect::text as revenue_effect,
    e.effective_date::date as effective_date
from billing.credit_note_lines as l
join changed_credit_memos as c on c.id = l.credit_note_id -- changes only
join billing.credit_notes as n on n.id = l.credit_note_id
join credit as e on e.invoice_line_id = l.invoice_line_id
where l.deleted_at is null
    and l.revenue_effect is distinct from 'goodwill'
    and (e.issue_date, e.credit_note_id, e.line_no) < (n.issue_date, n.id, l.line_no)
