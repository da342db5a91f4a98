-- 365.00 over 2026.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-01', 'USD', 36500, 0, 36500);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-1/1'), id('INV-1'), 1, id('PLAN'), 36500, 0, '2026-01-01', '2026-12-31');

-- night 2026-03-01

-- 320 days are left: 320.00 of the old plan go back, 640.00 of the new one are billed.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-2'), 'INV-2', id('US'), id('C-US'), 'issued', '2026-02-15', 'USD', 32000, 0, 32000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end, line_kind, credited_line_id)
values
    (id('INV-2/1'), id('INV-2'), 1, id('PLAN'), -32000, 0, '2026-02-15', '2026-12-31', 'proration', id('INV-1/1')),
    (id('INV-2/2'), id('INV-2'), 2, id('PLAN'), 64000, 0, '2026-02-15', '2026-12-31', 'charge', null);
