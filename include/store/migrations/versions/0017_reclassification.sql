-- Reclassification: what a corrected rule or chart changes in the books, proposed by one person and approved by another.
set local search_path = tieout;

alter table attempt drop constraint attempt_kind_check,
    add constraint attempt_kind_check check (kind in ('night', 'dry_run', 'recognition', 'revaluation', 'reclassify'));
alter table batch drop constraint batch_kind_check,
    add constraint batch_kind_check check (kind in ('night', 'recognition', 'revaluation', 'reclassify')),
    drop constraint batch_generation_check,
    add constraint batch_generation_check check ((kind in ('night', 'reclassify')) = (generation is not null));

-- one row per proposal to book documents anew; `sha256` names all that it would book. Approved, it is a batch
create table reclassification (
    sha256 text primary key,
    source_code text not null references source_stream,
    asked jsonb not null,                          -- {"documents": [...], "where": {...}, "first_period": ..., "last_period": ...}
    reason text not null check (reason <> ''),
    rule_set_sha256 text not null,                 -- the configuration in force when it was proposed
    entry_count int not null,
    document_count bigint not null,
    report text not null,                          -- what the second person was shown
    proposed_by text not null check (proposed_by <> ''),
    proposed_at timestamptz not null default now(),
    approved_by text,
    approved_at timestamptz,
    batch_no bigint unique references batch,
    check ((approved_by is null) = (batch_no is null) and (approved_at is null) = (batch_no is null)),
    constraint two_people check (lower(btrim(approved_by)) <> lower(btrim(proposed_by))));

-- one row per journal entry of recognition of which a reclassification has moved amounts: it can no longer be given up by itself
create table reclassified_entry (
    journal_entry_id uuid not null references journal_entry,
    batch_no bigint not null references batch,
    primary key (journal_entry_id, batch_no));

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on reclassification, reclassified_entry to finance_writer;
        -- what was proposed stands; only the approval is added
        grant update (approved_by, approved_at, batch_no) on reclassification to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on reclassification, reclassified_entry to auditor;
    end if;
end $$;

set local search_path to default;
