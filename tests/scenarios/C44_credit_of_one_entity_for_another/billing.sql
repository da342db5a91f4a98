insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('UK'), id('C-UK'), 'issued', '2026-01-10', 'GBP', 10000, 0, 10000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor)
values
    (id('INV-1/1'), id('INV-1'), 1, id('ONBOARDING'), 10000, 0);

insert into billing.credit_notes
    (id, number, legal_entity_id, customer_id, status, kind, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('CN-1'), 'CN-1', id('US'), id('C-UK'), 'issued', 'on_account', '2026-01-20', 'GBP', 4000, 0, 4000);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, product_id, amount_minor, tax_minor, revenue_effect)
values
    (id('CN-1/1'), id('CN-1'), 1, id('ONBOARDING'), 4000, 0, 'goodwill');
insert into billing.payment_allocations
    (id, credit_note_id, invoice_id, amount_minor, currency, allocated_date)
values
    (id('CN-1>INV-1'), id('CN-1'), id('INV-1'), 4000, 'GBP', '2026-01-21');

-- night 2026-03-01

update billing.credit_notes set status = 'void', voided_at = '2026-02-04T12:00Z' where id = id('CN-1');
