insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-05', 'USD', 50000, 0, 50000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 50000, 0);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-05T12:00Z', 'USD', 50000, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 50000, 'USD', '2026-01-05');

-- 500.00 - 50.00 - 10.00 = 440.00.
insert into billing.payouts
    (id, legal_entity_id, processor, status, initiated_date, arrival_date, currency, amount_minor)
values
    (id('OUT-1'), id('US'), 'stripe', 'paid', '2026-01-20', '2026-01-22', 'USD', 44000);
insert into billing.payout_items
    (id, payout_id, item_kind, source_id, amount_minor)
values
    (id('OUT-1/1'), id('OUT-1'), 'payment', id('PAY-1'), 50000),
    (id('OUT-1/2'), id('OUT-1'), 'reserve', null, -5000),
    (id('OUT-1/3'), id('OUT-1'), 'adjustment', null, -1000);

-- night 2026-03-01

update billing.payouts set status = 'failed', failed_date = '2026-02-03' where id = id('OUT-1');
