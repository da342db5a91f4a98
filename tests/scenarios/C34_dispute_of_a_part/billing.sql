-- 91.85 + 8.15 tax.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-05', 'USD', 9185, 815, 10000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 9185, 815);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'US-NY', 0.08875, 9185, 815);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-06T12:00Z', 'USD', 10000, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 10000, 'USD', '2026-01-06');

insert into billing.disputes
    (id, payment_id, status, opened_date, closed_date, currency, amount_minor)
values
    (id('DIS-1'), id('PAY-1'), 'open', '2026-01-20', null, 'USD', 4000);
insert into billing.dispute_movements
    (id, dispute_id, movement_kind, movement_date, currency, amount_minor)
values
    (id('DIS-1/withdrawn 2026-01-21'), id('DIS-1'), 'withdrawn', '2026-01-21', 'USD', 4000);

-- night 2026-03-01

update billing.disputes set status = 'lost', closed_date = '2026-02-15' where id = id('DIS-1');
