-- Data-quality scores of legal entities by night, and what timeliness is counted from.
set local search_path = tieout;

-- one row per batch, legal entity and document date: the live documents that this batch saw first
create table document_arrival (
    legal_entity_code text not null,               -- as billing names it; UNASSIGNED where it names none
    batch_no bigint not null references batch,
    document_date date not null,
    document_count bigint not null check (document_count > 0),
    primary key (legal_entity_code, batch_no, document_date));

-- of what is on file already: by the first version of each document, with the date that it has now
insert into document_arrival (legal_entity_code, batch_no, document_date, document_count)
select r.legal_entity_code, b.batch_no, r.document_date, count(*)
from document_register as r
left join document_version as v on v.document_uid = r.document_uid and v.version_no = 1
join batch as b on b.batch_no = coalesce(v.batch_no, r.batch_no) and b.kind = 'night'
where r.is_live and r.document_date is not null and r.legal_entity_code is not null
group by r.legal_entity_code, b.batch_no, r.document_date;

-- one row per legal entity, night and score, each time that it came out otherwise than before: the newest counts, nothing is changed
create table quality_score (
    id bigint generated always as identity primary key,
    read_instant timestamptz not null,
    legal_entity_code text not null,
    score text not null check (score in ('completeness', 'timeliness', 'clearing')),
    numerator numeric(38, 0) not null check (numerator >= 0),
    denominator numeric(38, 0) not null check (denominator >= numerator),
    unit text not null,                            -- documents, or the currency whose minor units are counted
    -- in basis points, rounded down: 10000 is the whole and nothing less; null: there was nothing to count
    share_bp int generated always as (case when denominator > 0 then div(numerator * 10000, denominator)::int end) stored,
    mean_numerator numeric(38, 0),                 -- timeliness: of the last six accounting periods
    mean_denominator numeric(38, 0),
    days int,                                      -- within so many days
    floor_bp int,                                  -- what it must not fall below; null: nothing is said
    explanation text not null,
    scored_by text not null,
    scored_at timestamptz not null default clock_timestamp(),
    check ((mean_numerator is null) = (mean_denominator is null)));
create index on quality_score (legal_entity_code, score, read_instant, id);
create index on quality_score (read_instant);

-- one row per legal entity, night and score: what counts
create view quality_score_series as
select distinct on (legal_entity_code, score, read_instant) *, coalesce(share_bp < floor_bp, false) as is_below
from quality_score
order by legal_entity_code, score, read_instant, id desc;

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert on document_arrival, quality_score to finance_writer;
        grant select on quality_score_series to finance_writer;
        grant usage on all sequences in schema tieout to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on document_arrival, quality_score, quality_score_series to auditor;
    end if;
end $$;

set local search_path to default;
