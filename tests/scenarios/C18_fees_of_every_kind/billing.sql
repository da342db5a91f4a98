-- Deducted, no tax; then 5.00 are given back.
insert into billing.processor_fees
    (id, legal_entity_id, processor, fee_kind, incurred_date, currency, amount_minor)
values
    (id('FEE-1'), id('US'), 'stripe', 'processing', '2026-01-15', 'USD', 4000),
    (id('FEE-2'), id('US'), 'stripe', 'processing', '2026-01-16', 'USD', -500);

-- The processor sends an invoice at the end of the month.
insert into billing.processor_fees
    (id, legal_entity_id, processor, fee_kind, incurred_date, currency, amount_minor, settled)
values
    (id('FEE-3'), id('US'), 'stripe', 'processing', '2026-01-31', 'USD', 8000, 'invoiced');

-- 12.00 taken, 2.00 of it tax.
insert into billing.processor_fees
    (id, legal_entity_id, processor, fee_kind, incurred_date, currency, amount_minor, tax_minor)
values
    (id('FEE-4'), id('UK'), 'stripe', 'processing', '2026-01-15', 'GBP', 1200, 200);

-- 50.00 taken; 19 % tax, 9.50, is ours to declare and was not taken.
insert into billing.processor_fees
    (id, legal_entity_id, processor, fee_kind, incurred_date, currency, amount_minor, tax_minor, reverse_charge)
values
    (id('FEE-5'), id('DE'), 'stripe', 'processing', '2026-01-15', 'EUR', 5000, 950, true);
