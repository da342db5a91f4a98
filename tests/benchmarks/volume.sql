-- Fills an empty billing database of the contract's shape with a company of any size, in SQL alone. Asks for
--   bench.invoices    how many invoices; each has three lines, two taxes and one payment with one application
--   bench.entities    among how many legal entities they are spread
-- Run as the superuser: triggers and checks of foreign keys are off while it loads.
set local session_replication_role = replica;
set local maintenance_work_mem = '256MB';

-- indexes that no constraint needs are made again at the end: rows come in no order that they like
create temporary table dropped_index on commit drop as
select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
from pg_index as i
join pg_class as c on c.oid = i.indrelid
where c.relnamespace = 'billing'::regnamespace
    and not exists (select from pg_constraint as k where k.conindid = i.indexrelid);
do $$
declare name text;
begin
    for name in select d.name from dropped_index as d loop
        execute 'drop index ' || name;
    end loop;
end $$;

insert into billing.legal_entities (id, code, name, country, base_currency, time_zone)
select md5('entity/' || n)::uuid, 'E' || to_char(n, 'FM00'), 'Entity ' || n, (array['US', 'GB', 'DE', 'JP'])[1 + n % 4],
    (array['USD', 'GBP', 'EUR', 'JPY'])[1 + n % 4],
    (array['America/New_York', 'Europe/London', 'Europe/Berlin', 'Asia/Tokyo'])[1 + n % 4]
from generate_series(1, current_setting('bench.entities')::int) as n;

insert into billing.products (id, sku, name, product_line, revenue_treatment, recognition_method)
values
    (md5('product/0')::uuid, 'PLAN-ANNUAL', 'Annual plan', 'subscription', 'ratable', 'daily'),
    (md5('product/1')::uuid, 'ONBOARDING', 'Onboarding', 'services', 'immediate', null),
    (md5('product/2')::uuid, 'USAGE-METERED', 'Metered usage', 'usage', 'usage', null);

-- a customer has twenty invoices
insert into billing.customers (id, external_id, legal_entity_id, name, country, currency)
select md5('customer/' || n)::uuid, 'C' || n, md5('entity/' || 1 + n % current_setting('bench.entities')::int)::uuid,
    'Customer ' || n, 'US', (array['USD', 'GBP', 'EUR', 'JPY'])[1 + (1 + n % current_setting('bench.entities')::int) % 4]
from generate_series(0, current_setting('bench.invoices')::int / 20) as n;

-- what each invoice bills: a plan less a tenth for one in five, taxed at 20 %; onboarding, taxed; metered usage, untaxed
create temporary table drawn on commit drop as
select
    n,
    n / 20 as customer,
    1 + n / 20 % current_setting('bench.entities')::int as entity,
    date '2026-01-01' + n % 31 as day,
    a.plan,
    case when n % 5 = 0 then a.plan / 10 else 0 end as discount,
    5000 * (1 + n % 4) as onboarding,
    101 + n::bigint * 31 % 19899 as usage,
    (a.plan - case when n % 5 = 0 then a.plan / 10 else 0 end) / 5 as plan_tax,
    1000 * (1 + n % 4) as onboarding_tax
from generate_series(0, current_setting('bench.invoices')::int - 1) as n
cross join lateral (select 10000 + 10 * (n::bigint * 7919 % 9000) as plan) as a;

insert into billing.invoices (id, legal_entity_id, customer_id, number, status, issue_date, due_date, finalized_at, currency,
    subtotal_minor, discount_minor, tax_minor, total_minor, open_minor)
select md5('invoice/' || n)::uuid, md5('entity/' || entity)::uuid, md5('customer/' || customer)::uuid, 'I' || n, 'paid', day,
    day + 30, day + time '12:00', (array['USD', 'GBP', 'EUR', 'JPY'])[1 + entity % 4],
    plan + onboarding + usage, discount, plan_tax + onboarding_tax,
    plan + onboarding + usage - discount + plan_tax + onboarding_tax, 0
from drawn;

insert into billing.invoice_lines (id, invoice_id, line_no, product_id, description, quantity, unit_price, amount_minor,
    discount_minor, tax_minor, service_start, service_end, department, region)
select md5('line/' || n || '/' || l.no)::uuid, md5('invoice/' || n)::uuid, l.no, md5('product/' || l.no - 1)::uuid, l.text, 1,
    l.amount, l.amount, l.discount, l.tax, day, day + l.days, 'D' || n % 5, (array['NA', 'EU', 'APAC'])[1 + n % 3]
from drawn
cross join lateral (values
    (1, 'annual plan', plan, discount, plan_tax, 364), (2, 'onboarding', onboarding, 0, onboarding_tax, 0), (3, 'usage', usage, 0, 0, 0)
) as l (no, text, amount, discount, tax, days);

insert into billing.invoice_line_taxes (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor)
select md5('tax/' || n || '/' || l.no)::uuid, md5('line/' || n || '/' || l.no)::uuid, 'T' || entity, 0.2, l.taxable, l.tax
from drawn
cross join lateral (values (1, plan - discount, plan_tax), (2, onboarding, onboarding_tax)) as l (no, taxable, tax);

-- two of three are paid by card
insert into billing.payments (id, customer_id, legal_entity_id, status, method, received_at, value_date, currency, amount_minor,
    processor, processor_account, bank_account_ref)
select md5('payment/' || n)::uuid, md5('customer/' || customer)::uuid, md5('entity/' || entity)::uuid, 'succeeded',
    case when n % 3 = 0 then 'bank_transfer' else 'card' end, day + time '12:00', day,
    (array['USD', 'GBP', 'EUR', 'JPY'])[1 + entity % 4],
    plan + onboarding + usage - discount + plan_tax + onboarding_tax,
    case when n % 3 <> 0 then 'cardhouse' end, case when n % 3 <> 0 then 'cardhouse-' || entity end,
    case when n % 3 = 0 then 'MAIN-' || entity end
from drawn;

insert into billing.payment_allocations (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
select md5('allocation/' || n)::uuid, md5('payment/' || n)::uuid, md5('invoice/' || n)::uuid,
    plan + onboarding + usage - discount + plan_tax + onboarding_tax, (array['USD', 'GBP', 'EUR', 'JPY'])[1 + entity % 4], day
from drawn;

do $$
declare definition text;
begin
    for definition in select d.definition from dropped_index as d loop
        execute definition;
    end loop;
end $$;
