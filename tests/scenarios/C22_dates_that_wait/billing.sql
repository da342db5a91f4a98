-- 2025 is closed, and only a person crosses a year-end.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2025-12-20', 'USD', 10000, 0, 10000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 10000, 0);

-- Not yet come on 1 February, but on 1 March.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-2'), 'INV-2', id('US'), id('C-US'), 'issued', '2026-02-20', 'USD', 20000, 0, 20000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-2/1'), id('INV-2'), 1, id('ONBOARDING'), 20000, 0);
