-- Recognition: runs that release deferred revenue, as batches of their own beside the nights.
set local search_path = tieout;

alter table attempt drop constraint attempt_kind_check,
    add constraint attempt_kind_check check (kind in ('night', 'dry_run', 'recognition'));
alter table batch drop constraint batch_kind_check,
    add constraint batch_kind_check check (kind in ('night', 'recognition')),
    alter column generation drop not null,
    add constraint batch_generation_check check ((kind = 'night') = (generation is not null));
create index on batch (source_code, batch_no) where kind = 'recognition';

alter table source_stream
    add column recognised_batch_no bigint references batch,        -- the last run: one that continues another is void
    add column schedules_through_batch_no bigint references batch; -- the last night whose schedules a run has read

-- one row per source and legal entity: the period end up to which all of its lines are recognised
create table recognised_through (
    source_code text not null references source_stream,
    legal_entity_code text not null,
    through_date date not null,
    batch_no bigint not null references batch,
    primary key (source_code, legal_entity_code));

-- one row per entry of recognition that was given up before it was posted, once a run has taken it off what is recognised
create table recognition_undone (
    journal_entry_id uuid primary key references journal_entry,
    batch_no bigint not null references batch);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on recognised_through, recognition_undone to finance_writer;
        grant update on recognised_through to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on recognised_through, recognition_undone to auditor;
    end if;
end $$;

set local search_path to default;
