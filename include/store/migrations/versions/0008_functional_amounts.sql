-- Every line of the books in two currencies: the transaction's and the legal entity's own. Where they are the same, so are the
-- amounts. Both must balance.
set local search_path = tieout;

alter table journal_entry
    add column functional_currency char(3),
    add column functional_exponent smallint;
update journal_entry set functional_currency = currency, functional_exponent = exponent;
alter table journal_entry
    alter column functional_currency set not null,
    alter column functional_exponent set not null;

-- what stands there was balanced when it was written: it need not be added up again
alter table journal_line disable trigger user;
alter table journal_line add column functional_minor bigint;
update journal_line set functional_minor = amount_minor;
alter table journal_line
    alter column functional_minor set not null,
    drop constraint journal_line_amount_minor_check,
    -- a realised difference has an amount in the entity's currency alone
    add check (amount_minor <> 0 or functional_minor <> 0);
alter table journal_line enable trigger user;

create or replace function check_balance() returns trigger language plpgsql as $$
declare n bigint; net numeric; functional_net numeric;
begin
    select count(*), coalesce(sum(amount_minor), 0), coalesce(sum(functional_minor), 0)
    into n, net, functional_net
    from tieout.journal_line where entry_id = new.id;
    if n < 2 or net <> 0 then
        raise exception 'Journal entry % of legal entity % has % lines and is out of balance by % minor units of %; check the posting rules that made it.',
            new.reference, new.legal_entity_code, n, net, new.currency using errcode = 'check_violation';
    end if;
    if functional_net <> 0 then
        raise exception 'Journal entry % of legal entity % is out of balance by % minor units of %, its functional currency; check its rates.',
            new.reference, new.legal_entity_code, functional_net, new.functional_currency using errcode = 'check_violation';
    end if;
    return null;
end $$;

alter table control_balance
    add column functional_debit_minor numeric(38, 0),
    add column functional_credit_minor numeric(38, 0);
update control_balance set functional_debit_minor = debit_minor, functional_credit_minor = credit_minor;
alter table control_balance
    alter column functional_debit_minor set not null,
    alter column functional_credit_minor set not null;

-- one row per legal entity, currency and day of a booked document: the rate that the books used first, and keep to
create table fx_fixing (
    legal_entity_code text not null,
    currency char(3) not null,
    on_date date not null,
    rate numeric(38, 15) not null check (rate > 0),   -- one unit of currency in the entity's own
    rate_date date not null,                       -- the day it was published for
    batch_no bigint not null references batch,
    primary key (legal_entity_code, currency, on_date));

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on fx_fixing to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on fx_fixing to auditor;
    end if;
end $$;

set local search_path to default;
