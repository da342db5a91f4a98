-- one row per live tax of a live line of a changed credit memo
-- include: changed.sql -- changes only
select
    'credit_memo'::text as document_type,
    l.credit_note_id::text as native_id,
    l.id::text as line_id,
    t.id::text as tax_id,
    t.jurisdiction::text as jurisdiction,
    case when t.rate between -999 and 999 then t.rate end::numeric(9, 6) as rate,
    t.taxable_minor::bigint as taxable_minor,
    t.tax_minor::bigint as tax_minor,
    t.tax_local_minor::bigint as tax_local_minor
from billing.credit_note_lines as l
join changed_credit_memos as c on c.id = l.credit_note_id -- changes only
join billing.credit_note_line_taxes as t on t.credit_note_line_id = l.id
where l.deleted_at is null and t.deleted_at is null
