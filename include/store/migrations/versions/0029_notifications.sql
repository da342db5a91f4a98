-- What people were told, by channel: the same thing is not said twice.
set local search_path = tieout;

create table notification (
    channel text not null,
    message_sha256 text not null,
    subject text not null,
    sent_at timestamptz not null default clock_timestamp(),
    primary key (channel, message_sha256));

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on notification to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on notification to auditor;
    end if;
end $$;

set local search_path to default;
