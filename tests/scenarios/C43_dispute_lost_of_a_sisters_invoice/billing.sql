insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('UK'), id('C-UK'), 'issued', '2026-01-10', 'GBP', 40000, 10000, 50000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 40000, 10000);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'GB', 0.25, 40000, 10000);

insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-UK'), id('US'), 'succeeded', 'card', '2026-01-20T12:00Z', 'GBP', 50000, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 50000, 'GBP', '2026-01-20');

insert into billing.disputes
    (id, payment_id, status, opened_date, closed_date, currency, amount_minor)
values
    (id('DIS-1'), id('PAY-1'), 'open', '2026-01-21', null, 'GBP', 50000);
insert into billing.dispute_movements
    (id, dispute_id, movement_kind, movement_date, currency, amount_minor)
values
    (id('DIS-1/withdrawn'), id('DIS-1'), 'withdrawn', '2026-01-21', 'GBP', 50000);

-- night 2026-03-01

update billing.disputes set status = 'lost', closed_date = '2026-02-04' where id = id('DIS-1');
