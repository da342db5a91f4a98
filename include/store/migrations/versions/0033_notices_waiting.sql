-- What a channel could not be told when it happened: a run that failed, a deadline that was missed. It is told with the next occasion.
set local search_path = tieout;

create table notice_waiting (
    id bigint generated always as identity primary key,
    channel text not null,
    kind text not null,
    legal_entity_code text not null,
    text text not null,
    noted_at timestamptz not null default clock_timestamp(),
    told_at timestamptz);
create index on notice_waiting (channel, id) where told_at is null;

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on notice_waiting to finance_writer;
        grant update (told_at) on notice_waiting to finance_writer;
        grant usage on all sequences in schema tieout to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on notice_waiting to auditor;
    end if;
end $$;

set local search_path to default;
