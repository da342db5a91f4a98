-- 730.00 over the 365 days of 2026: 2.00 a day. Paid by card.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-01', 'USD', 73000, 0, 73000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-1/1'), id('INV-1'), 1, id('PLAN'), 73000, 0, '2026-01-01', '2026-12-31');
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-02T12:00Z', 'USD', 73000, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 73000, 'USD', '2026-01-02');

-- night 2026-03-01

-- Ruling 11: 2100 up to what is unearned after the effective date by the schedule. By the end of 15 February 46 days are earned, 92.00, and
-- 638.00 are not; the 2.00 that the credit gives beyond that take revenue back.
insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-1'), 'CN-1', id('US'), id('C-US'), id('INV-1'), 'issued', 'refund', '2026-02-14', 'USD', 64000, 0, 64000);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect, effective_date)
values
    (id('CN-1/1'), id('CN-1'), 1, id('INV-1/1'), 64000, 0, 'termination', '2026-02-15');
