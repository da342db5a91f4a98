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

insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-15T12:00Z', 'USD', 142651, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-1>INV-1'), id('PAY-1'), id('INV-1'), 142651, 'USD', '2026-01-15');

-- A second charge.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-2'), 'INV-2', id('US'), id('C-US'), 'issued', '2026-01-18', 'USD', 50000, 0, 50000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-2/1'), id('INV-2'), 1, id('ONBOARDING'), 50000, 0);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-2'), id('C-US'), id('US'), 'succeeded', 'card', '2026-01-18T12:00Z', 'USD', 50000, 'stripe');
insert into billing.payment_allocations
    (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('PAY-2>INV-2'), id('PAY-2'), id('INV-2'), 50000, 'USD', '2026-01-18');

-- A refund of goodwill: 100.00 + 8.88 tax (8.875).
insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-1'), 'CN-1', id('US'), id('C-US'), id('INV-1'), 'issued', 'refund', '2026-01-20', 'USD', 10000, 888, 10888);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-1/1'), id('CN-1'), 1, id('INV-1/1'), 10000, 888, 'goodwill');
insert into billing.credit_note_line_taxes
    (id, credit_note_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('CN-1/1/tax'), id('CN-1/1'), 'US-NY', 0.08875, 10000, 888);
insert into billing.refunds
    (id, payment_id, credit_note_id, status, refund_date, succeeded_at, currency, amount_minor)
values
    (id('REF-1'), id('PAY-1'), id('CN-1'), 'succeeded', '2026-01-22', '2026-01-22T12:00Z', 'USD', 10888);

insert into billing.processor_fees
    (id, legal_entity_id, processor, fee_kind, incurred_date, currency, amount_minor, payment_id)
values
    (id('FEE-1'), id('US'), 'stripe', 'processing', '2026-01-15', 'USD', 4167, id('PAY-1')),
    (id('FEE-2'), id('US'), 'stripe', 'processing', '2026-01-18', 'USD', 1480, id('PAY-2'));

-- 1,426.51 + 500.00 - 108.88 - 41.67 - 14.80 = 1,761.16.
insert into billing.payouts
    (id, legal_entity_id, processor, status, initiated_date, currency, amount_minor)
values
    (id('OUT-1'), id('US'), 'stripe', 'in_transit', '2026-01-30', 'USD', 176116);
insert into billing.payout_items
    (id, payout_id, item_kind, source_id, amount_minor)
values
    (id('OUT-1/1'), id('OUT-1'), 'payment', id('PAY-1'), 142651),
    (id('OUT-1/2'), id('OUT-1'), 'payment', id('PAY-2'), 50000),
    (id('OUT-1/3'), id('OUT-1'), 'refund', id('REF-1'), -10888),
    (id('OUT-1/4'), id('OUT-1'), 'fee', id('FEE-1'), -4167),
    (id('OUT-1/5'), id('OUT-1'), 'fee', id('FEE-2'), -1480);

-- night 2026-03-01

-- The bank has it.
update billing.payouts set status = 'paid', arrival_date = '2026-02-02' where id = id('OUT-1');
