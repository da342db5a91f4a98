-- the working tables of moving what was recognised to the accounts of today

-- one row per document whose recognition may be moved
create table chosen_document (document_uid uuid);

-- one row per run, group, day and line of the posting rule by which something was recognised or moved, as long as its entry stands
create table recorded_leg (
    run_id uuid, group_no integer, as_of date, legal_entity_code varchar, currency varchar, posting_date date, period_name varchar,
    account_code varchar, party_key varchar, role varchar, department varchar, region varchar, product_line varchar, side tinyint,
    rule_id varchar, journal_entry_id varchar);

-- one row per amount that was recognised or moved on a line of a chosen document
create table recorded_amount (
    document_uid uuid, bucket tinyint, event_type smallint, line_no integer, group_no integer, as_of date, amount_minor bigint, run_id uuid, functional_minor bigint);
