-- A plan of 1,000.00 over 100 days, 2026-01-01 to 2026-04-10: 10.00 a day. Tax 8.875 % = 88.75. Paid by card.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-01', 'USD', 100000, 8875, 108875);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-1/1'), id('INV-1'), 1, id('PLAN'), 100000, 8875, '2026-01-01', '2026-04-10');
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'US-NY', 0.08875, 100000, 8875);

insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-05T12:00Z', 'USD', 108875, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 108875, 'USD', '2026-01-05');

-- night 2026-03-01

-- By 9 February 40 of the 100 days are over: 40 % earned, 60 % deferred. Tax 8.875 % of 100.00 = 8.875 -> 8.88.
insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-1'), 'CN-1', id('US'), id('C-US'), id('INV-1'), 'issued', 'refund', '2026-02-09', 'USD', 10000, 888, 10888);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-1/1'), id('CN-1'), 1, id('INV-1/1'), 10000, 888, 'price_reduction');
insert into billing.credit_note_line_taxes
    (id, credit_note_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('CN-1/1/tax'), id('CN-1/1'), 'US-NY', 0.08875, 10000, 888);

insert into billing.refunds
    (id, payment_id, credit_note_id, status, refund_date, succeeded_at, currency, amount_minor)
values
    (id('REF-1'), id('PAY-1'), id('CN-1'), 'succeeded', '2026-02-11', '2026-02-11T12:00Z', 'USD', 10888);
