insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-08', 'USD', 100000, 0, 100000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 100000, 0);
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-2'), 'INV-2', id('US'), id('C-US'), 'issued', '2026-01-08', 'USD', 25000, 0, 25000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-2/1'), id('INV-2'), 1, id('ONBOARDING'), 25000, 0);
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-3'), 'INV-3', id('US'), id('C-US'), 'issued', '2026-01-08', 'USD', 20000, 0, 20000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-3/1'), id('INV-3'), 1, id('ONBOARDING'), 20000, 0);

-- 880.00 + 100.00 withheld leave 20.00 open; 245.00 + 5.00 and 196.00 + 4.00 settle.
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'bank_transfer', '2026-01-28T12:00Z', 'USD', 88000, null);
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date, adjustment_minor, adjustment_kind)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 88000, 'USD', '2026-01-28', 10000, 'withholding_tax');
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-2'), id('C-US'), id('US'), 'succeeded', 'bank_transfer', '2026-01-28T12:00Z', 'USD', 24500, null);
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date, adjustment_minor, adjustment_kind)
values
    (id('PAY-2>INV-2'), id('PAY-2'), id('INV-2'), 24500, 'USD', '2026-01-28', 500, 'bank_charge');
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-3'), id('C-US'), id('US'), 'succeeded', 'bank_transfer', '2026-01-28T12:00Z', 'USD', 19600, null);
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date, adjustment_minor, adjustment_kind)
values
    (id('PAY-3>INV-3'), id('PAY-3'), id('INV-3'), 19600, 'USD', '2026-01-28', 400, 'cash_discount');
