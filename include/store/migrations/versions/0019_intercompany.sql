-- What legal entities owe each other, by key: what the sixth hop of the tie-out compares.
set local search_path = tieout;

-- one row per booking that makes one legal entity owe another, or less. The legs of one document and occurrence in the books of both
-- come to nothing in the currency of the document
create table intercompany_leg (
    document_uid uuid not null,
    event_type smallint not null,
    occurrence uuid not null,
    booking_no smallint not null,
    batch_no bigint not null references batch,
    document_type text not null,
    native_id text not null,                       -- its id in billing
    legal_entity_code text not null,               -- in whose books
    sister_code text,                              -- whom it concerns; null: a leg from before this table that was undone alone
    currency text not null,
    amount_minor bigint not null,                  -- positive: the other one owes us; negative: we owe it
    journal_entry_id uuid not null references journal_entry,
    primary key (document_uid, event_type, occurrence, booking_no));
create index on intercompany_leg (legal_entity_code);
create index on intercompany_leg (sister_code);

alter table tie_out
    drop constraint tie_out_hop_check,
    add constraint tie_out_hop_check check (hop between 1 and 6),
    drop constraint tie_out_subject_type_check,
    add constraint tie_out_subject_type_check
        check (subject_type in ('document_type', 'dataset', 'account', 'entries', 'legal_entity'));

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on intercompany_leg to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on intercompany_leg to auditor;
    end if;
end $$;

set local search_path to default;
