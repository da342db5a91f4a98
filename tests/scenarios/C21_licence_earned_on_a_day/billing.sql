insert into billing.invoices
    (id, number, legal_entity_id, customer_id, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (id('INV-1'), 'INV-1', id('US'), id('C-US'), 'issued', '2026-01-20', 'USD', 90000, 0, 90000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, recognition_date)
values
    (id('INV-1/1'), id('INV-1'), 1, id('LICENCE'), 90000, 0, '2026-02-10');
