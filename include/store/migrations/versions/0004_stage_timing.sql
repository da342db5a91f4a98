-- How long each stage of a night took, and how it ended.
set local search_path = tieout;

-- one row per try of a stage: of a source, of a legal entity, or of the whole night. By this database's clock
create table stage_timing (
    id uuid primary key,                           -- made by the client
    read_instant timestamptz not null,
    kind text not null check (kind in ('night', 'dry_run')),
    stage text not null check (stage <> ''),
    subject text not null default '',              -- source or legal entity; empty for the whole night
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,                          -- null: at work, or killed
    row_count bigint,                              -- documents, entries or accounts, as the stage counts
    outcome text not null default 'running' check (outcome in ('running', 'done', 'failed')),
    error text,                                    -- of a failed one: its family and message
    check ((outcome = 'running') = (ended_at is null)),
    check ((outcome = 'failed') = (error is not null)));
create index on stage_timing (read_instant);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert, update on stage_timing to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on stage_timing to auditor;
    end if;
end $$;

set local search_path to default;
