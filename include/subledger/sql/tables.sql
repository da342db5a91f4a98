-- the working tables of one accounting run; filled bucket by bucket, on disk beyond the memory limit

-- one row per landed document
create table document_state (
    document_uid uuid, bucket tinyint, document_type varchar, native_id varchar, legal_entity_code varchar, currency varchar,
    document_date date, total_minor bigint, content_hash blob, exclusion varchar, is_deleted boolean, is_hard_deleted boolean);

-- one row per document and rule of the data-quality suites that it breaks
create table validation_finding (document_uid uuid, bucket tinyint, rule varchar, detail varchar, quarantines boolean);

-- one row per document and failed rule; a finding with quarantines = false only informs
create table finding (document_uid uuid, rule varchar, detail varchar, quarantines boolean);

-- one row per accounting event and line of it
create table event_line (
    document_uid uuid, bucket tinyint, event_type smallint, occurrence uuid, line_no integer, legal_entity_code varchar,
    currency varchar, document_date date, event_date date, waiting_invoice_uid uuid, waiting_reason varchar,
    revenue_treatment varchar, product_line varchar, document_sign varchar, line_kind varchar, revenue_effect varchar, kind varchar,
    channel varchar, method varchar, processor varchar, processor_account varchar, bank_account_ref varchar, refund_against varchar,
    department varchar, region varchar, customer_ref varchar,
    net_minor bigint, tax_minor bigint, gross_minor bigint, amount_minor bigint, shape_id uuid);

-- one row per landed document that the register knows
create table register_row (
    document_uid uuid, state smallint, version_no integer, batch_no bigint, hash_version smallint,
    accounted_hash blob, seen_hash blob, accounted_date date, is_live boolean);

-- one row per invoice that an application names and that the register holds as accounted
create table accounted_invoice (document_uid uuid);

-- one row per document that was to be read again whatever billing did
create table retry_row (document_uid uuid);

-- one row per booking and reversal on file of the documents at hand
create table booking_row (
    document_uid uuid, event_type smallint, occurrence uuid, booking_no smallint, reverses_no smallint, batch_no bigint,
    event_date date, posting_date date, is_superseded boolean, payload_hash blob);

-- one row per document, type, entity and currency on file before it was deleted for good
create table prior_decision (
    document_uid uuid, document_type varchar, native_id varchar, legal_entity_code varchar, currency varchar, total_minor bigint);

-- one row per subledger entry of this batch: one debit or credit of one event
create table subledger_entry (
    document_uid uuid, bucket tinyint, document_type varchar, native_id varchar, event_type smallint, occurrence uuid,
    booking_no smallint, reverses_no smallint, line_no integer, legal_entity_code varchar, currency varchar,
    document_date date, event_date date, posting_date date, period_name varchar, held_reason varchar, category varchar,
    account_code varchar, party_key varchar, role varchar, department varchar, region varchar, product_line varchar,
    customer_ref varchar, open_item_key varchar, amount_minor bigint, rule_id varchar, payload_hash blob);
