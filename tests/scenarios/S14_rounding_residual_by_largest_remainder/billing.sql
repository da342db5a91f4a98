-- 100.00 EUR in three lines, which go to three accounts, so that each can be seen. The plan begins in June.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-22', 'EUR', 10000, 0, 10000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 3333, 0, null, null),
    (id('INV-1/2'), id('INV-1'), 2, id('USAGE'), 3333, 0, null, null),
    (id('INV-1/3'), id('INV-1'), 3, id('PLAN'), 3334, 0, '2026-06-01', '2027-05-31');
