-- 120.00 - 12.00 discount = 108.00, of which 108.00 x 20 / 120 = 18.00 is tax: net 90.00. Usage 50.00 + 10.00 tax.
--  Header: lines 170.00, discount 12.00, all tax 28.00; total 90.00 + 50.00 + 28.00 = 168.00.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, discount_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('UK'), id('C-UK'), 'issued', '2026-01-15', 'GBP', 17000, 1200, 2800, 16800);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, discount_minor, tax_minor, tax_inclusive)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 12000, 1200, 1800, true),
    (id('INV-1/2'), id('INV-1'), 2, id('USAGE'), 5000, 0, 1000, false);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'GB', 0.2, 9000, 1800),
    (id('INV-1/2/tax'), id('INV-1/2'), 'GB', 0.2, 5000, 1000);
