-- 91.85 net + 8.15 tax (8.875 %) = 100.00, twice.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-W'), 'INV-W', id('US'), id('C-US'), 'issued', '2026-01-05', 'USD', 9185, 815, 10000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-W/1'), id('INV-W'), 1, id('ONBOARDING'), 9185, 815);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-W/1/tax'), id('INV-W/1'), 'US-NY', 0.08875, 9185, 815);
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-L'), 'INV-L', id('US'), id('C-US'), 'issued', '2026-01-05', 'USD', 9185, 815, 10000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-L/1'), id('INV-L'), 1, id('ONBOARDING'), 9185, 815);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-L/1/tax'), id('INV-L/1'), 'US-NY', 0.08875, 9185, 815);

insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-W'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-06T12:00Z', 'USD', 10000, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-W>INV-W'), id('PAY-W'), id('INV-W'), 10000, 'USD', '2026-01-06');
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-L'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-06T12:00Z', 'USD', 10000, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-L>INV-L'), id('PAY-L'), id('INV-L'), 10000, 'USD', '2026-01-06');

-- Opened on the 20th; the processor takes the money, and 15.00 for each, on the 21st.
insert into billing.disputes
    (id, payment_id, status, opened_date, closed_date, currency, amount_minor)
values
    (id('DIS-W'), id('PAY-W'), 'open', '2026-01-20', null, 'USD', 10000);
insert into billing.dispute_movements
    (id, dispute_id, movement_kind, movement_date, currency, amount_minor)
values
    (id('DIS-W/withdrawn 2026-01-21'), id('DIS-W'), 'withdrawn', '2026-01-21', 'USD', 10000);
insert into billing.disputes
    (id, payment_id, status, opened_date, closed_date, currency, amount_minor)
values
    (id('DIS-L'), id('PAY-L'), 'open', '2026-01-20', null, 'USD', 10000);
insert into billing.dispute_movements
    (id, dispute_id, movement_kind, movement_date, currency, amount_minor)
values
    (id('DIS-L/withdrawn 2026-01-21'), id('DIS-L'), 'withdrawn', '2026-01-21', 'USD', 10000);
insert into billing.processor_fees
    (id, legal_entity_id, processor, fee_kind, incurred_date, currency, amount_minor, dispute_id)
values
    (id('FEE-W'), id('US'), 'stripe', 'dispute', '2026-01-21', 'USD', 1500, id('DIS-W')),
    (id('FEE-L'), id('US'), 'stripe', 'dispute', '2026-01-21', 'USD', 1500, id('DIS-L'));

-- night 2026-03-01

update billing.disputes set status = 'won', closed_date = '2026-02-12' where id = id('DIS-W');
insert into billing.dispute_movements
    (id, dispute_id, movement_kind, movement_date, currency, amount_minor)
values
    (id('DIS-W/reinstated 2026-02-12'), id('DIS-W'), 'reinstated', '2026-02-12', 'USD', 10000);
update billing.disputes set status = 'lost', closed_date = '2026-02-15' where id = id('DIS-L');
