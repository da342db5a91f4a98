insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor)
values
    (id('PAY-1'), id('C-UK'), id('UK'), 'succeeded', 'card', '2026-01-10T12:00Z', 'GBP', 10000, 'stripe');
insert into billing.refunds
    (id, payment_id, legal_entity_id, status, refund_date, succeeded_at, currency, amount_minor)
values
    (id('REF-1'), id('PAY-1'), id('US'), 'succeeded', '2026-01-20', '2026-01-20T12:00Z', 'GBP', 4000);

-- night 2026-03-01

update billing.refunds set status = 'failed', failed_date = '2026-02-04' where id = id('REF-1');
