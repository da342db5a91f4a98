-- Annual plan 1,200.00 less 10 % = 1,080.00 (365 days from 2026-01-15), onboarding 150.00, usage 87.35 untaxed.
-- Tax 8.875 % of 1,230.00 = 109.1625 -> 109.16: plan 95.85, onboarding 13.31.
-- Total 1,080.00 + 150.00 + 87.35 + 109.16 = 1,426.51.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, discount_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-15', 'USD', 143735, 12000, 10916, 142651);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, discount_minor, tax_minor, service_start, service_end)
values
    (id('INV-1/1'), id('INV-1'), 1, id('PLAN'), 120000, 12000, 9585, '2026-01-15', '2027-01-14'),
    (id('INV-1/2'), id('INV-1'), 2, id('ONBOARDING'), 15000, 0, 1331, null, null),
    (id('INV-1/3'), id('INV-1'), 3, id('USAGE'), 8735, 0, 0, null, null);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'US-NY', 0.08875, 108000, 9585),
    (id('INV-1/2/tax'), id('INV-1/2'), 'US-NY', 0.08875, 15000, 1331);

-- Charged in full on the day of the invoice; the fee is a document of its own (S9).
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-15T12:00Z', 'USD', 142651, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 142651, 'USD', '2026-01-15');
