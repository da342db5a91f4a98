-- 100.00 + 8.88 tax, twice.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor, written_off_at)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'written_off', '2026-01-05', 'USD', 10000, 888, 10888, '2026-01-25T17:00Z');
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 10000, 888);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'US-NY', 0.08875, 10000, 888);
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-2'), 'INV-2', id('US'), id('C-US'), 'issued', '2026-01-06', 'USD', 10000, 888, 10888);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-2/1'), id('INV-2'), 1, id('ONBOARDING'), 10000, 888);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-2/1/tax'), id('INV-2/1'), 'US-NY', 0.08875, 10000, 888);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-2'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-07T12:00Z', 'USD', 10888, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-2>INV-2'), id('PAY-2'), id('INV-2'), 10888, 'USD', '2026-01-07');

insert into billing.disputes
    (id, payment_id, status, opened_date, closed_date, currency, amount_minor)
values
    (id('DIS-2'), id('PAY-2'), 'lost', '2026-01-20', '2026-01-28', 'USD', 10888);
insert into billing.dispute_movements
    (id, dispute_id, movement_kind, movement_date, currency, amount_minor)
values
    (id('DIS-2/withdrawn 2026-01-21'), id('DIS-2'), 'withdrawn', '2026-01-21', 'USD', 10888);
