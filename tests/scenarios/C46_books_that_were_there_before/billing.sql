insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-15', 'USD', 120000, 0, 120000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-1/1'), id('INV-1'), 1, id('PLAN-MONTHLY'), 120000, 0, '2026-01-01', '2026-12-31');

-- night 2026-03-01
-- 400.00 of it by bank transfer.
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'bank_transfer', '2026-02-10T12:00Z', 'USD', 40000);
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 40000, 'USD', '2026-02-10');
