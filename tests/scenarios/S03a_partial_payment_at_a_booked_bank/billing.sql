insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-10', 'USD', 50000, 0, 50000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 50000, 0);

-- Straight to the bank: no processor.
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'bank_transfer', '2026-01-20T12:00Z', 'USD', 20000, null);
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 20000, 'USD', '2026-01-20');
