-- Exchange rates: what a source published, and every correction of it. Rows are added, never changed.
set local search_path = tieout;

-- one row per source, pair, day and purpose, and version: the highest version is what the source says now
create table fx_rate (
    source text not null,
    base char(3) not null,                         -- one unit of base ...
    quote char(3) not null check (quote <> base),
    rate_date date not null,
    purpose text not null check (purpose in ('transaction', 'closing', 'average', 'tax')),
    version int not null check (version > 0),
    rate numeric(20, 10) not null check (rate > 0),   -- ... is worth so many units of quote
    origin text not null,                          -- the file or table it came from
    loaded_by text not null,
    loaded_at timestamptz not null default now(),
    primary key (source, base, quote, purpose, rate_date, version));

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on fx_rate to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on fx_rate to auditor;
    end if;
end $$;

set local search_path to default;
