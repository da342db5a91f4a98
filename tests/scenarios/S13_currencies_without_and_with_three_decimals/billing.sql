-- 10,000 yen and 10 % consumption tax: amounts are whole yen. A service of one day, earned at its end.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-JP'), 'INV-JP', id('JP'), id('C-JP'), 'issued', '2026-01-31', 'JPY', 10000, 1000, 11000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-JP/1'), id('INV-JP'), 1, id('PLAN'), 10000, 1000, '2026-01-31', '2026-01-31');
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-JP/1/tax'), id('INV-JP/1'), 'JP', 0.1, 10000, 1000);

-- 10.500 dinars: amounts are thousandths.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-KW'), 'INV-KW', id('KW'), id('C-KW'), 'issued', '2026-01-31', 'KWD', 10500, 0, 10500);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-KW/1'), id('INV-KW'), 1, id('PLAN'), 10500, 0, '2026-01-31', '2026-01-31');
