-- How journal entries are added up is for each legal entity to say.
set local search_path = tieout;

-- negative: what the entry debits is shown as a negative credit, and the other way round
alter table journal_entry
    add column reversal_style text not null default 'swap' check (reversal_style in ('swap', 'negative'));
create index on journal_entry (legal_entity_code) where reversal_style = 'negative';

-- the one document of a line, where each has lines of its own
alter table journal_line add column document_uid uuid;

-- one row per entry and account of which debits and credits stand on one line: how much they took from each other, and no line
-- shows. What subledger entries debit and credit is what the lines do, and this on either side
create table netted_amount (
    entry_id uuid not null references journal_entry,
    account_code text not null,
    amount_minor bigint not null,
    functional_minor bigint not null,
    primary key (entry_id, account_code));

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on netted_amount to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on netted_amount to auditor;
    end if;
end $$;

set local search_path to default;
