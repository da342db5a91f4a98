-- The standing check of evidence: which file of a committed batch was last read to its end, when, and what was wrong with it.
set local search_path = tieout;

-- one row per source and run of the check
create table evidence_check (
    check_no bigint generated always as identity primary key,
    source_code text not null,
    run_key text not null,                         -- a task that is tried again goes on where it stopped
    part_no int,                                   -- which of `part_count` parts of all files; null: all of them
    part_count int not null check (part_count > 0),
    actor text not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    file_count bigint,                             -- read to their end, once it is finished
    byte_count bigint,
    fault_count bigint,                            -- of them lost or altered
    unique (source_code, run_key),
    check (part_no between 0 and part_count - 1));

-- one row per file that was ever read, as the last time has found it
create table evidence_file_check (
    batch_no bigint not null references batch,
    path text not null,
    check_no bigint not null references evidence_check,
    checked_at timestamptz not null default clock_timestamp(),
    byte_count bigint not null,                    -- as the manifest says
    fault text check (fault in ('lost', 'altered')),
    finding text,                                  -- names file, fact and cure
    primary key (batch_no, path),
    check ((fault is null) = (finding is null)));
create index on evidence_file_check (batch_no) where fault is not null;

-- one row per batch: how old the last check of its evidence is
create view evidence_age as
select b.batch_no, b.source_code, b.kind, b.read_instant, b.committed_at, jsonb_array_length(b.manifest) as file_count,
    c.checked_count, c.fault_count,
    -- each of its files has been read since then; null: one was never read
    case when c.checked_count >= jsonb_array_length(b.manifest) then c.oldest_at end as checked_since
from batch as b
cross join lateral (
    select count(*) as checked_count, count(f.fault) as fault_count, min(f.checked_at) as oldest_at
    from evidence_file_check as f
    where f.batch_no = b.batch_no) as c;

call audit_table('evidence_check', 'evidence_check', array['check_no'], '@.source_code || '' '' || @.check_no', 'null::text', '@.run_key',
    array['part_no', 'part_count', 'actor', 'finished_at', 'file_count', 'byte_count', 'fault_count'],
    array['began', 'noted', 'deleted']);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on evidence_check, evidence_file_check to finance_writer;
        grant update (started_at, finished_at, file_count, byte_count, fault_count) on evidence_check to finance_writer;
        grant update (check_no, checked_at, fault, finding) on evidence_file_check to finance_writer;
        grant select on evidence_age to finance_writer;
        grant usage on all sequences in schema tieout to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on evidence_check, evidence_file_check, evidence_age to auditor;
    end if;
end $$;

call audit_guarded();
set local search_path to default;
