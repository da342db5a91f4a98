insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-09', 'USD', 10000, 0, 10000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 10000, 0);

insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-1'), 'CN-1', id('US'), id('C-US'), id('INV-1'), 'issued', 'on_account', '2026-01-20', 'USD', 2500, 0, 2500);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-1/1'), id('CN-1'), 1, id('INV-1/1'), 2500, 0, 'goodwill');

-- night 2026-03-01

insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-2'), 'INV-2', id('US'), id('C-US'), 'issued', '2026-02-05', 'USD', 8000, 0, 8000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-2/1'), id('INV-2'), 1, id('ONBOARDING'), 8000, 0);
insert into billing.payment_allocations
    (id, credit_note_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('CN-1>INV-2'), id('CN-1'), id('INV-2'), 2500, 'USD', '2026-02-06');
