-- 590.00 over 59 days, 10.00 a day; 10 % tax. Paid by card.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-01', 'USD', 59000, 5900, 64900);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-1/1'), id('INV-1'), 1, id('PLAN'), 59000, 5900, '2026-01-01', '2026-02-28');
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'US-NY', 0.1, 59000, 5900);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-02T12:00Z', 'USD', 64900, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 64900, 'USD', '2026-01-02');

insert into billing.disputes
    (id, payment_id, status, opened_date, closed_date, currency, amount_minor)
values
    (id('DIS-1'), id('PAY-1'), 'open', '2026-01-19', null, 'USD', 64900);
insert into billing.dispute_movements
    (id, dispute_id, movement_kind, movement_date, currency, amount_minor)
values
    (id('DIS-1/withdrawn 2026-01-20'), id('DIS-1'), 'withdrawn', '2026-01-20', 'USD', 64900);

-- night 2026-03-01

update billing.disputes set status = 'lost', closed_date = '2026-02-10' where id = id('DIS-1');
