-- The finance database, first version. Amounts are integers in minor units, debit positive, credit negative.
create schema tieout;
set local search_path = tieout;

-- one row per configured source (system and tenant): lock, horizon and read instant of the last committed night
create table source_stream (
    source_id smallint generated always as identity unique,
    source_code text primary key,
    generation bigint not null default 0,          -- bumped by each commit: a comparison made at an older one is void
    system_identifier text,
    horizon bigint not null default 0,             -- the next reading starts at this transaction id
    snapshot_rank bigint not null default 0,
    read_instant timestamptz,
    last_batch_no bigint);

-- one row per try to extract a source; its id is made by the client before the first byte
create table attempt (
    id uuid primary key,
    source_code text not null references source_stream,
    kind text not null check (kind in ('night', 'dry_run')),
    read_instant timestamptz not null,
    horizon_from bigint not null,
    horizon_to bigint,
    snapshot_rank bigint,
    system_identifier text,
    state text not null default 'open' check (state in ('open', 'landed', 'committed', 'abandoned')),
    evidence_path text not null,
    manifest jsonb,                                -- [{path, bytes, rows, sha256}] of the landed files
    document_count bigint,
    opened_at timestamptz not null default now(),
    state_at timestamptz not null default now());
create index on attempt (source_code, read_instant);

-- one row per committed batch: what a source gave between two horizons. Only nights: a dry run can never stand here
create table batch (
    batch_no bigint generated always as identity primary key,
    id uuid not null unique,
    attempt_id uuid not null unique references attempt,
    kind text not null default 'night' check (kind = 'night'),
    source_code text not null references source_stream,
    read_instant timestamptz not null,
    horizon_from bigint not null,
    horizon_to bigint not null,
    snapshot_rank bigint not null,
    generation bigint not null,
    rule_set_sha256 text not null,
    code_version text not null,
    manifest jsonb not null,                       -- of all files, decisions and subledger entries included
    committed_at timestamptz not null default now(),
    unique (source_code, generation));
alter table source_stream add foreign key (last_batch_no) references batch;

-- one row per batch, document type, legal entity or UNASSIGNED, currency or unknown, and outcome: the accounted-for equation
create table batch_outcome (
    batch_no bigint not null references batch,
    document_type text not null,
    legal_entity_code text not null,
    currency text not null,
    outcome text not null check (outcome in ('new', 'changed', 'deleted', 'unchanged', 'excluded', 'quarantined', 'held')),
    reason text not null default '',
    document_count bigint not null,
    total_minor numeric(38, 0) not null,
    primary key (batch_no, document_type, legal_entity_code, currency, outcome, reason));

-- one row per document: the newest of its versions
create table document_register (
    document_uid uuid not null,
    source_id smallint not null,
    document_type smallint not null,
    state smallint not null,                       -- 1 accounted, 2 excluded, 3 quarantined, 4 deleted before it was accounted
    hash_version smallint not null,
    version_no int not null,
    batch_no bigint not null,
    seen_rank bigint not null,                     -- rank of the source snapshot it was last seen in
    accounted_hash bytea,
    seen_hash bytea not null,
    primary key (document_uid)
) partition by hash (document_uid);

-- one row per version of a document, never changed
create table document_version (
    document_uid uuid not null,
    version_no int not null,
    batch_no bigint not null,
    state smallint not null,
    seen_hash bytea not null,
    primary key (document_uid, version_no)
) partition by hash (document_uid);

-- one row per booking or reversal of an accounting event; a live booking is one that is neither reversed nor superseded
create table event_booking (
    document_uid uuid not null,
    event_type smallint not null,
    occurrence uuid not null,                      -- the application's uid; zero where an event happens once
    booking_no smallint not null,
    reverses_no smallint,                          -- the booking that this one reverses
    batch_no bigint not null,
    journal_entry_id uuid not null,
    event_date date not null,
    posting_date date not null,
    is_superseded boolean not null default false,
    payload_hash bytea not null,
    primary key (document_uid, event_type, occurrence, booking_no)
) partition by hash (document_uid);

do $$
declare t text; n int;
begin
    for t in select unnest(array['document_register', 'document_version', 'event_booking']) loop
        for n in 0 .. 15 loop
            execute format('create table tieout.%I partition of tieout.%I for values with (modulus 16, remainder %s) with (fillfactor = 80)',
                t || '_' || to_char(n, 'FM00'), t, n);
        end loop;
    end loop;
end $$;
create index on event_booking using brin (batch_no);

-- one row per document that the next night reads again although billing may not have touched it
create table document_retry (
    document_uid uuid primary key,
    source_code text not null references source_stream,
    document_type text not null,
    native_id text not null,
    reason text not null,                          -- quarantined | excluded:<reason> | waiting_for:<document> | superseded
    batch_no bigint);
create index on document_retry (source_code);

create table journal_entry (
    id uuid primary key,
    batch_no bigint not null references batch,
    erp_code text not null,
    legal_entity_code text not null,
    book text not null default 'primary',
    period_name text not null,
    posting_date date not null,
    currency char(3) not null,
    exponent smallint not null,
    category text not null,
    part_no int not null default 1,
    part_count int not null default 1,
    reference text not null,
    content_sha256 bytea not null,
    description text not null,
    document_count bigint not null,
    total_debit_minor bigint not null,
    state text not null check (state in ('ready', 'held', 'sending', 'in_doubt', 'created_unreleased', 'posted', 'verified',
                                         'rejected', 'duplicated', 'superseded', 'reversed')),
    held_reason text check (held_reason in ('future_date', 'period_closed', 'hold_for_reopen', 'failed_preflight')),
    cause text,                                    -- what stands in the way, for a person
    lease_owner uuid,
    lease_until timestamptz,
    attempt_count int not null default 0,
    last_sent_at timestamptz,                      -- just before the first byte left, by this database's clock
    erp_id text,
    erp_number text,
    posted_at timestamptz,
    verified_at timestamptz,
    created_at timestamptz not null default now(),
    state_at timestamptz not null default now(),
    balance_check int not null default 0,          -- touched whenever lines change, so that the balance is checked at commit
    unique (erp_code, legal_entity_code, reference),
    check ((state = 'held') = (held_reason is not null)));
create index on journal_entry (legal_entity_code, state) where state not in ('verified', 'superseded', 'reversed');
create index on journal_entry (batch_no);

create table journal_line (
    entry_id uuid not null references journal_entry,
    line_no int not null,
    account_code text not null,
    amount_minor bigint not null check (amount_minor <> 0),
    department text,
    region text,
    product_line text,
    party_key text,
    document_count bigint not null,
    line_text text not null,
    primary key (entry_id, line_no));

-- the balance of an entry, checked at commit whatever the writer: lines touch their header once per statement, and the
-- header's deferred trigger adds up once per entry
create function touch_entries() returns trigger language plpgsql as $$
begin
    if tg_op in ('INSERT', 'UPDATE') then
        update tieout.journal_entry set balance_check = balance_check + 1 where id in (select entry_id from new_lines);
    end if;
    if tg_op in ('DELETE', 'UPDATE') then
        update tieout.journal_entry set balance_check = balance_check + 1 where id in (select entry_id from old_lines);
    end if;
    return null;
end $$;
create trigger touch_entries_insert after insert on journal_line referencing new table as new_lines
    for each statement execute function touch_entries();
create trigger touch_entries_update after update on journal_line referencing old table as old_lines new table as new_lines
    for each statement execute function touch_entries();
create trigger touch_entries_delete after delete on journal_line referencing old table as old_lines
    for each statement execute function touch_entries();

create function check_balance() returns trigger language plpgsql as $$
declare n bigint; net numeric;
begin
    select count(*), coalesce(sum(amount_minor), 0) into n, net from tieout.journal_line where entry_id = new.id;
    if n < 2 or net <> 0 then
        raise exception 'Journal entry % of legal entity % has % lines and is out of balance by % minor units of %; check the posting rules that made it.',
            new.reference, new.legal_entity_code, n, net, new.currency using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger check_balance after insert or update of balance_check on journal_entry
    deferrable initially deferred for each row execute function check_balance();

-- one row per change of state of a journal entry, never changed; its id is made by the client
create table posting_transition (
    id uuid primary key,
    journal_entry_id uuid not null references journal_entry,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    attempt_no int not null,
    from_state text,
    to_state text not null,
    request_sha256 text,
    response text,
    detail text);
create index on posting_transition (journal_entry_id, at);

-- one row per cause that needs a person; it closes by itself when the cause is gone
create table exception (
    id uuid primary key default gen_random_uuid(),
    cause text not null unique,                    -- <subject>|<rule>
    category text not null,
    severity text not null check (severity in ('critical', 'high', 'medium', 'low')),
    owner text not null,
    source_code text,
    legal_entity_code text not null,               -- UNASSIGNED where there is none
    currency text not null,                        -- unknown where there is none
    amount_minor numeric(38, 0) not null,          -- money at risk: the document's gross
    subject_type text not null,                    -- a document type, or journal_entry
    subject_id text not null,                      -- native id of the document, or reference of the entry
    subject_uid uuid,
    message text not null,
    suggested_fix text not null,
    state text not null default 'open' check (state in ('open', 'closed')),
    first_batch_no bigint,
    last_batch_no bigint,
    opened_at timestamptz not null default now(),
    closed_at timestamptz);
create index on exception (subject_uid) where state = 'open';

-- reference data that flows down from the ERPs
create table erp_account (
    erp_code text not null, legal_entity_code text not null, account_code text not null, name text not null,
    is_active boolean not null, is_party_required boolean not null, synced_at timestamptz not null default now(),
    primary key (erp_code, legal_entity_code, account_code));
create table erp_period (
    erp_code text not null, legal_entity_code text not null, period_name text not null, fiscal_year text not null,
    start_date date not null, end_date date not null, state text not null check (state in ('open', 'closed')),
    synced_at timestamptz not null default now(),
    primary key (erp_code, legal_entity_code, period_name));
create table erp_company (
    erp_code text not null, legal_entity_code text not null, currency char(3) not null, exponent smallint not null,
    journal_categories text[] not null, synced_at timestamptz not null default now(),
    primary key (erp_code, legal_entity_code));

-- our own word on a period; a period without a row is as open as the ERP has it
create table accounting_period (
    legal_entity_code text not null, period_name text not null, state text not null check (state in ('open', 'closed')),
    changed_at timestamptz not null default now(), changed_by text not null,
    primary key (legal_entity_code, period_name));

-- documents and their versions cannot be deleted, lines cannot be changed: the application's role lacks the right
do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant usage on schema tieout to finance_writer;
        grant select, insert on all tables in schema tieout to finance_writer;
        grant update on source_stream, attempt, document_register, event_booking, document_retry, journal_entry, exception,
            erp_account, erp_period, erp_company, accounting_period to finance_writer;
        grant delete on document_retry, erp_account, erp_period to finance_writer;
        grant usage on all sequences in schema tieout to finance_writer;
        -- a batch's rows wait in temporary tables until its one commit
        execute format('grant temporary on database %I to finance_writer', current_database());
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant usage on schema tieout to auditor;
        grant select on all tables in schema tieout to auditor;
    end if;
end $$;

set local search_path to default;
