-- What every scenario finds in its billing database: the legal entities, a customer of each, and one product of each kind.
-- `id('INV-1')` is the id of what a scenario calls INV-1; it is another one in each scenario. Names from here are the same in all.
create table public.shared_name (name text primary key);
insert into public.shared_name values
    ('US'), ('UK'), ('DE'), ('JP'), ('C-US'), ('C-UK'), ('C-DE'), ('C-JP'),
    ('PLAN'), ('PLAN-MONTHLY'), ('LICENCE'), ('ONBOARDING'), ('USAGE');
create function public.id(name text) returns uuid language sql stable as $$
    select md5(
        case when exists (select from public.shared_name as s where s.name = $1) then $1
            else current_setting('scenario.name') || '/' || $1 end)::uuid
$$;

insert into billing.legal_entities (id, code, name, country, base_currency, time_zone) values
    (id('US'), 'US', 'Tieout US Inc.', 'US', 'USD', 'America/New_York'),
    (id('UK'), 'UK', 'Tieout UK Ltd', 'GB', 'GBP', 'Europe/London'),
    (id('DE'), 'DE', 'Tieout DE GmbH', 'DE', 'EUR', 'Europe/Berlin'),
    (id('JP'), 'JP', 'Tieout JP K.K.', 'JP', 'JPY', 'Asia/Tokyo');

insert into billing.customers (id, external_id, legal_entity_id, name) values
    (id('C-US'), 'C-US', id('US'), 'Customer of the US'),
    (id('C-UK'), 'C-UK', id('UK'), 'Customer of the UK'),
    (id('C-DE'), 'C-DE', id('DE'), 'Customer of Germany'),
    (id('C-JP'), 'C-JP', id('JP'), 'Customer of Japan');

insert into billing.products (id, sku, name, product_line, revenue_treatment, recognition_method) values
    (id('PLAN'), 'PLAN', 'Plan, earned day by day', 'platform', 'ratable', 'daily'),
    (id('PLAN-MONTHLY'), 'PLAN-MONTHLY', 'Plan, earned month by month', 'platform', 'ratable', 'monthly'),
    (id('LICENCE'), 'LICENCE', 'Licence, earned on a day', 'platform', 'ratable', 'on_date'),
    (id('ONBOARDING'), 'ONBOARDING', 'Onboarding, delivered at once', 'services', 'immediate', null),
    (id('USAGE'), 'USAGE', 'Metered usage', 'platform', 'usage', null);
