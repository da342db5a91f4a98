-- What a batch was accounted by can be read again.
set local search_path = tieout;

-- one row per configuration that a batch was accounted by: all of its files, named as in the configuration folder
create table rule_set (
    sha256 text primary key,                       -- batch.rule_set_sha256
    files jsonb not null,                          -- {"posting_rules/10_invoices.yaml": "<text>", ...}
    first_used_at timestamptz not null default now());

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on rule_set to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on rule_set to auditor;
    end if;
end $$;

set local search_path to default;
