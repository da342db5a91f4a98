-- What late documents change: entries in other periods than the days of their events, by the period that they belong to.
set local search_path = tieout;

-- one row per journal entry of a night, period in which the days of its events lie and that was over, and measure of materiality: what
-- it changes, in the functional currency; debit is positive
create table out_of_period (
    entry_id uuid not null references journal_entry,
    own_period text not null,
    measure text not null check (measure in ('revenue', 'receivables', 'tax')),
    document_count bigint not null,
    amount_minor bigint not null,
    primary key (entry_id, own_period, measure));
create index on out_of_period (own_period);

-- one row per legal entity, period that is over, measure and period in which it is booked; `cumulative_minor` is what is booked of it
-- in other periods up to that one. What waits for the period to be reopened, or was posted there after it was, is told apart and
-- changes nothing elsewhere. An entry that was given up does not count
create view out_of_period_log as
with told as (
    select e.legal_entity_code, o.own_period, o.measure, e.period_name as posted_period,
        case
            when e.period_name <> o.own_period then 'out_of_period'
            when e.state = 'held' then 'held'
            else 'in_its_period'
        end as state,
        e.functional_currency::text as functional_currency,
        sum(o.document_count)::bigint as document_count, sum(o.amount_minor)::bigint as amount_minor,
        min(e.posting_date) as first_date
    from out_of_period as o
    join journal_entry as e on e.id = o.entry_id
    where e.state <> 'superseded'
    group by 1, 2, 3, 4, 5, 6
)
select legal_entity_code, own_period, measure, state, posted_period, functional_currency, document_count, amount_minor,
    (sum(amount_minor) over (
        partition by legal_entity_code, own_period, measure, state order by first_date, posted_period))::bigint as cumulative_minor
from told;

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on out_of_period to finance_writer;
        grant select on out_of_period_log to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on out_of_period, out_of_period_log to auditor;
    end if;
end $$;

set local search_path to default;
