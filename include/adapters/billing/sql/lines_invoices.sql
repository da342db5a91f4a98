-- one row per live line of a changed invoice that says nothing of a day or an amount of recognition and takes no line back: most of
-- them, read without the columns that are null on all of them; the others are in lines_invoices_special.sql
-- include: changed.sql -- changes only
select
-- include: invoice_line_columns.sql
    l.department::text as department,
    l.region::text as region
from billing.invoice_lines as l
join changed_invoices as c on c.id = l.invoice_id -- changes only
left join billing.products as p on p.id = l.product_id
where l.deleted_at is null
    and l.recognition_date is null and l.recognition_amount_minor is null and l.credited_line_id is null
