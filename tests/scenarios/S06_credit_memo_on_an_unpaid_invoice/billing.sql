-- A plan of 1,200.00 earned month by month over 2026. Tax 8.875 % = 106.50. Not paid.
insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-01', 'USD', 120000, 10650, 130650);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end)
values
    (id('INV-1/1'), id('INV-1'), 1, id('PLAN-MONTHLY'), 120000, 10650, '2026-01-01', '2026-12-31');
insert into billing.invoice_line_taxes
    (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('INV-1/1/tax'), id('INV-1/1'), 'US-NY', 0.08875, 120000, 10650);

-- Cancelled after 3 of 12 months: 900.00 are unearned. Tax of the credit from that of the invoice: 106.50 x 900 / 1200 = 79.875 -> 79.88.
insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-1'), 'CN-1', id('US'), id('C-US'), id('INV-1'), 'issued', 'ar_reduction', '2026-03-31', 'USD', 90000, 7988, 97988);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-1/1'), id('CN-1'), 1, id('INV-1/1'), 90000, 7988, 'termination');
insert into billing.credit_note_line_taxes
    (id, credit_note_line_id, jurisdiction, rate, taxable_minor, tax_minor)
values
    (id('CN-1/1/tax'), id('CN-1/1'), 'US-NY', 0.08875, 90000, 7988);
