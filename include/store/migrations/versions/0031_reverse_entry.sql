-- A posted entry that a person has reversed: proposed by one, approved by another, booked anew or taken out of the books.
set local search_path = tieout;

alter table attempt drop constraint attempt_kind_check,
    add constraint attempt_kind_check check (kind in ('night', 'dry_run', 'recognition', 'revaluation', 'reclassify', 'reverse_entry'));
alter table batch drop constraint batch_kind_check,
    add constraint batch_kind_check check (kind in ('night', 'recognition', 'revaluation', 'reclassify', 'reverse_entry')),
    drop constraint batch_generation_check,
    add constraint batch_generation_check check ((kind in ('night', 'reclassify', 'reverse_entry')) = (generation is not null));

-- one row per proposal to reverse an entry; `sha256` names all that it would book. Answered with yes by a second person, it becomes a batch
create table entry_reversal (
    reversal_no bigint generated always as identity primary key,
    sha256 text not null,
    source_code text not null references source_stream,
    legal_entity_code text not null,
    reference text not null,                       -- of the entry that is reversed
    documents text[] not null,                     -- the documents of it that were named; empty: the whole entry
    is_rebooked boolean not null,                  -- booked anew by the rules in force; otherwise out of the books until a person lifts that
    reason text not null check (btrim(reason) <> ''),
    rule_set_sha256 text not null,                 -- the configuration in force when it was proposed
    event_count bigint not null check (event_count > 0),
    entry_count int not null,
    document_count bigint not null,
    report text not null,                          -- what the second person was shown
    run_id text not null default '',               -- of the Airflow run that asked, if one did
    proposed_by text not null check (btrim(proposed_by) <> ''),
    proposed_at timestamptz not null default clock_timestamp(),
    answer text check (answer in ('approved', 'refused')),
    answered_by text,
    answered_at timestamptz,
    batch_no bigint unique references batch,
    check ((answer is null) = (answered_by is null) and (answer is null) = (answered_at is null)),
    check (batch_no is null or answer = 'approved'),
    constraint two_people check (answer <> 'approved' or lower(btrim(answered_by)) <> lower(btrim(proposed_by))));
-- what was refused may be proposed again
create unique index on entry_reversal (sha256) where answer is distinct from 'refused';

-- one row per event that a person took out of the books (state `reversed_by_person`): no night books it again until it is lifted
create table withdrawn_event (
    id bigint generated always as identity primary key,
    document_uid uuid not null,
    event_type smallint not null,
    occurrence uuid not null,
    batch_no bigint not null references batch,     -- that reversed it
    source_code text not null references source_stream,
    document_type text not null,
    native_id text not null,
    lifted_by text,
    lifted_at timestamptz,
    lifted_reason text,
    check ((lifted_by is null) = (lifted_at is null) and (lifted_by is null) = (lifted_reason is null)));
create unique index on withdrawn_event (document_uid, event_type, occurrence) where lifted_at is null;
create index on withdrawn_event (batch_no);

call audit_table('entry_reversal', 'entry_reversal', array['reversal_no'], '@.reference || '' '' || @.reversal_no', '@.legal_entity_code', '@.sha256',
    array['sha256', 'source_code', 'documents', 'is_rebooked', 'reason', 'rule_set_sha256', 'event_count', 'entry_count', 'document_count', 'run_id',
        'proposed_by', 'answer', 'answered_by', 'batch_no',
        'report_sha256 = encode(sha256(convert_to(@.report, ''UTF8'')), ''hex'')'],
    array['proposed', 'answered', 'deleted']);
call audit_table('withdrawn_event', 'withdrawn_event', array['id'], '@.document_type || '':'' || @.native_id', 'null::text', '@.document_uid::text',
    array['event_type', 'occurrence', 'batch_no', 'lifted_by', 'lifted_at', 'lifted_reason'],
    array['reversed_by_person', 'lifted', 'deleted']);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on entry_reversal, withdrawn_event to finance_writer;
        -- what was proposed stands; only the answer is added
        grant update (answer, answered_by, answered_at, batch_no) on entry_reversal to finance_writer;
        grant update (lifted_by, lifted_at, lifted_reason) on withdrawn_event to finance_writer;
        grant usage on all sequences in schema tieout to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on entry_reversal, withdrawn_event to auditor;
    end if;
end $$;

call audit_guarded();
set local search_path to default;
