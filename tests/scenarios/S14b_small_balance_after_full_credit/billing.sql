-- 4 x 69.79 = 279.16; 20 % of the sum = 55.832 -> 55.83. Total 334.99.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('UK'), id('C-UK'), 'issued', '2026-01-10', 'GBP', 27916, 5583, 33499);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 6979, 1396),
    (id('INV-1/2'), id('INV-1'), 2, id('ONBOARDING'), 6979, 1396),
    (id('INV-1/3'), id('INV-1'), 3, id('ONBOARDING'), 6979, 1396),
    (id('INV-1/4'), id('INV-1'), 4, id('ONBOARDING'), 6979, 1395);
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'GB', 0.2, 6979, 1396),
    (id('INV-1/2/tax'), id('INV-1/2'), 'GB', 0.2, 6979, 1396),
    (id('INV-1/3/tax'), id('INV-1/3'), 'GB', 0.2, 6979, 1396),
    (id('INV-1/4/tax'), id('INV-1/4'), 'GB', 0.2, 6979, 1395);

-- night 2026-03-01

-- 20 % of 69.79 = 13.958 -> 13.96, four times: 335.00.
insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-1'), 'CN-1', id('UK'), id('C-UK'), id('INV-1'), 'issued', 'ar_reduction', '2026-02-02', 'GBP', 6979, 1396, 8375);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-1/1'), id('CN-1'), 1, id('INV-1/1'), 6979, 1396, 'goodwill');
insert into billing.credit_note_line_taxes
    (id, credit_note_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('CN-1/1/tax'), id('CN-1/1'), 'GB', 0.2, 6979, 1396);
insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-2'), 'CN-2', id('UK'), id('C-UK'), id('INV-1'), 'issued', 'ar_reduction', '2026-02-03', 'GBP', 6979, 1396, 8375);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-2/1'), id('CN-2'), 1, id('INV-1/2'), 6979, 1396, 'goodwill');
insert into billing.credit_note_line_taxes
    (id, credit_note_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('CN-2/1/tax'), id('CN-2/1'), 'GB', 0.2, 6979, 1396);
insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-3'), 'CN-3', id('UK'), id('C-UK'), id('INV-1'), 'issued', 'ar_reduction', '2026-02-04', 'GBP', 6979, 1396, 8375);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-3/1'), id('CN-3'), 1, id('INV-1/3'), 6979, 1396, 'goodwill');
insert into billing.credit_note_line_taxes
    (id, credit_note_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('CN-3/1/tax'), id('CN-3/1'), 'GB', 0.2, 6979, 1396);
insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-4'), 'CN-4', id('UK'), id('C-UK'), id('INV-1'), 'issued', 'ar_reduction', '2026-02-05', 'GBP', 6979, 1396, 8375);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-4/1'), id('CN-4'), 1, id('INV-1/4'), 6979, 1396, 'goodwill');
insert into billing.credit_note_line_taxes
    (id, credit_note_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('CN-4/1/tax'), id('CN-4/1'), 'GB', 0.2, 6979, 1396);
