-- Tie-out: its results, and the running totals that stand on one side of hops 1 and 5.
set local search_path = tieout;

-- one row per tie-out of a source (hops 1 to 3) or of a legal entity (hops 4 and 5) for a read instant.
-- Tying out again supersedes the run before it; nothing is deleted
create table tie_out_run (
    id uuid primary key,
    read_instant timestamptz not null,
    source_code text,
    legal_entity_code text,
    actor text not null,
    tied_at timestamptz not null default now(),
    superseded_at timestamptz,
    check ((source_code is null) <> (legal_entity_code is null)));
create unique index tie_out_run_current on tie_out_run (read_instant, coalesce(source_code, ''), coalesce(legal_entity_code, ''))
    where superseded_at is null;

-- one row per cell of a check: two places that must agree, and whether they do. Never changed.
-- Hops 1 and 2 compare documents: their totals stand in debit, credit is 0. Debit and credit are both positive
create table tie_out (
    run_id uuid not null references tie_out_run,
    row_no int not null,
    hop smallint not null check (hop between 1 and 5),
    check_name text not null,
    batch_no bigint references batch,              -- hops 1 to 3: the batch that was tied out
    legal_entity_code text not null,               -- UNASSIGNED where there is none
    currency text not null,                        -- unknown where there is none
    subject_type text not null check (subject_type in ('document_type', 'dataset', 'account', 'entries')),
    subject text not null,                         -- document type, dataset, account code, or journal category
    period_name text not null default '',          -- accounting period; month of the document date in hop 1
    left_count bigint,
    right_count bigint,
    left_debit_minor numeric(38, 0) not null default 0,
    left_credit_minor numeric(38, 0) not null default 0,
    right_debit_minor numeric(38, 0) not null default 0,
    right_credit_minor numeric(38, 0) not null default 0,
    difference_minor numeric(38, 0) not null generated always as (
        left_debit_minor - left_credit_minor - right_debit_minor + right_credit_minor) stored,
    status text not null check (status in ('equal', 'different', 'pending', 'same_path_only')),
    explanation text not null default '',          -- what lies behind it: documents or entries by name, and how many
    primary key (run_id, row_no));
create index on tie_out (batch_no) where batch_no is not null;

-- what a document was when it was last seen: the cell of billing's totals in which it is counted, while billing has it
alter table document_register
    add column legal_entity_code text,             -- as billing names it; UNASSIGNED where it names none
    add column currency text,
    add column document_date date,
    add column total_minor bigint,
    add column is_live boolean;                    -- false: deleted in billing; null: seen before this version only

-- one row per source, legal entity, document type, day and currency: the live documents of the register, kept by each commit
create table document_total (
    source_id smallint not null,
    legal_entity_code text not null,
    document_type smallint not null,
    document_date date not null,
    currency text not null,
    document_count bigint not null,
    total_minor numeric(38, 0) not null,
    primary key (source_id, legal_entity_code, document_type, document_date, currency));

-- one row per account and period: all subledger entries ever accounted, less those of journal entries given up
create table control_balance (
    erp_code text not null,
    legal_entity_code text not null,
    account_code text not null,
    period_name text not null,
    currency text not null,
    debit_minor numeric(38, 0) not null,
    credit_minor numeric(38, 0) not null,          -- positive
    primary key (erp_code, legal_entity_code, account_code, period_name, currency));

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on tie_out_run, tie_out, document_total, control_balance to finance_writer;
        grant update on tie_out_run, document_total, control_balance to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on tie_out_run, tie_out, document_total, control_balance to auditor;
    end if;
end $$;

set local search_path to default;
