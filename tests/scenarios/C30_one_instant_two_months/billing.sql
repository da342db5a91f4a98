insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-US'), id('C-US'), id('US'), 'succeeded', 'cash', '2026-01-31T23:30Z', 'USD', 500, null);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-UK'), id('C-UK'), id('UK'), 'succeeded', 'cash', '2026-01-31T23:30Z', 'GBP', 500, null);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-DE'), id('C-DE'), id('DE'), 'succeeded', 'cash', '2026-01-31T23:30Z', 'EUR', 500, null);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-JP'), id('C-JP'), id('JP'), 'succeeded', 'cash', '2026-01-31T23:30Z', 'JPY', 500, null);
