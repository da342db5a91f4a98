-- What the data-quality suites found, and what an exception may cost in the currency of the books.
set local search_path = tieout;

-- one row per try to validate a landed attempt, under one configuration and one version of the code
create table validation (
    id uuid primary key,                           -- made by the client
    attempt_id uuid not null references attempt,
    configuration_sha256 text not null,
    code_version text not null,
    manifest jsonb not null,                       -- [{path, bytes, rows, sha256}] of the findings
    document_count bigint not null,                -- judged: drafts and deleted documents are not
    finding_count bigint not null,
    stopped_because text,                          -- null: the source may be accounted
    validated_at timestamptz not null default now());
create index on validation (attempt_id);

-- one row per suite and portion of neighbouring buckets; a suite without documents has none
create table validation_suite (
    validation_id uuid not null references validation,
    suite text not null,
    first_bucket smallint not null,
    document_count bigint not null,
    expectation_count int not null,
    failed_count int not null,                     -- expectations that a document does not meet
    failing_document_count bigint not null,
    frame_seconds numeric(9, 3) not null,          -- to make the frame from what landed
    judge_seconds numeric(9, 3) not null,          -- to judge it
    primary key (validation_id, suite, first_bucket));

alter table exception
    add column risk_minor numeric(38, 0),          -- money at risk; null where it cannot be said in risk_currency
    add column risk_currency text,                 -- functional currency of the legal entity; null where there is none
    add check (risk_minor is null or risk_currency is not null);
-- documents in another currency than the entity's own have no exceptions yet: what stands there is in that currency
update exception set risk_minor = amount_minor, risk_currency = currency
where legal_entity_code <> 'UNASSIGNED' and currency <> 'unknown';

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on validation, validation_suite to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on validation, validation_suite to auditor;
    end if;
end $$;

set local search_path to default;
