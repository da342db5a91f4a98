-- The pace at which an ERP is asked, for all processes together.
set local search_path = tieout;

-- one row per account in an ERP: when the next request may leave. Unlogged: after a crash the turns begin anew, and nothing is lost.
create unlogged table request_pace (
    account text primary key,
    free_at timestamptz not null)
with (fillfactor = 50);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert, update on request_pace to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on request_pace to auditor;
    end if;
end $$;

set local search_path to default;
