-- the working tables of one recognition run. `functional_minor` is what an amount is worth in the entity's own currency; null where it is in it

-- one row per combination of what schedules are summed by; numbers stay the same from run to run
create table schedule_group (
    group_no integer, legal_entity_code varchar, currency varchar, revenue_treatment varchar, product_line varchar, department varchar,
    region varchar);

-- one row per line of a document accounted since the last run, and batch that accounted it
create table new_schedule (
    document_uid uuid, event_type smallint, line_no integer, legal_entity_code varchar, currency varchar, revenue_treatment varchar,
    product_line varchar, department varchar, region varchar, amount_minor bigint, method varchar, service_start date,
    service_end date, recognition_date date, begins_date date, ended_date date, from_date date, base_minor bigint,
    base_earned_minor bigint, batch_no bigint, functional_minor bigint);

-- one row per amount that an earlier run recognised on a changed line; is_undone: its entry was given up before it was posted
create table prior_amount (
    document_uid uuid, event_type smallint, line_no integer, group_no integer, as_of date, amount_minor bigint, is_undone boolean,
    functional_minor bigint);

-- one row per line of the bucket and day up to which it is recognised anew
create table recognised_amount (
    document_uid uuid, event_type smallint, line_no integer, group_no integer, as_of date, amount_minor bigint, begins_date date,
    functional_minor bigint);

-- one row per group, day up to which it was recognised, side, and bucket
create table recognised_sum (
    group_no integer, as_of date, is_positive boolean, amount_minor bigint, line_count bigint, first_date date, last_date date,
    functional_minor bigint);
