-- What people were told, by channel and occasion, or that there was nothing to tell: the same thing is not said twice in a row.
set local search_path = tieout;

create table notification (
    id bigint generated always as identity primary key,
    channel text not null,
    subject text not null,
    message_sha256 text not null,                  -- empty: nothing stood any more
    sent_at timestamptz not null default clock_timestamp());
create index on notification (channel, subject, id);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on notification to finance_writer;
        grant usage on all sequences in schema tieout to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on notification to auditor;
    end if;
end $$;

set local search_path to default;
