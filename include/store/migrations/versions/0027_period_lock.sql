-- The close of a period: who may, what was approved, and a lock that no writer gets past.
set local search_path = tieout;

-- one row per right that a person has for a legal entity ('*': all), both days inclusive
create table person_role (
    id uuid primary key default gen_random_uuid(),
    person text not null check (btrim(person) <> ''),
    role text not null check (role in ('preparer', 'controller', 'auditor', 'engineer')),
    legal_entity_code text not null default '*',
    valid_from date not null,
    valid_until date,
    granted_by text not null check (btrim(granted_by) <> ''),
    granted_at timestamptz not null default clock_timestamp(),
    ended_by text,
    ended_at timestamptz,
    check ((ended_by is null) = (ended_at is null)),
    -- nobody gives themselves a right
    check (lower(btrim(person)) <> lower(btrim(granted_by))));
create index on person_role (lower(btrim(person)));

-- one row per attempt to close a period of a legal entity
create table period_close (
    close_no bigint generated always as identity primary key,
    legal_entity_code text not null,
    period_name text not null,
    run_id text not null,
    started_by text not null check (btrim(started_by) <> ''),
    reason text not null check (btrim(reason) <> ''),
    started_at timestamptz not null default clock_timestamp(),
    state text not null default 'started' check (state in ('started', 'proposed', 'closed', 'ended')),
    -- what was proposed: figures by their hashes, files under evidence, and what blocks
    close_hash text, trial_balance_hash text, erp_hash text, erp_path text, erp_sha256 text, page_path text, page_sha256 text, workbook_path text,
    workbook_sha256 text,
    blockers jsonb not null default '[]',
    proposed_at timestamptz,
    asked_hash text,                               -- the figures that were shown with the question
    answer_fault text,                             -- why the last answer did not count
    -- what was answered, copied from Airflow before the task ends
    decision text check (decision in ('approved', 'refused')),
    decided_by text,
    decided_at timestamptz,
    comment text,
    waivers jsonb not null default '{}',
    ended_at timestamptz,
    ended_because text,
    unique (run_id, legal_entity_code, period_name),
    check (state in ('started', 'ended') or (close_hash is not null and proposed_at is not null)),
    -- a second person approved what was proposed, or it is not closed
    check (state <> 'closed' or (decision = 'approved' and decided_by is not null and decided_at is not null
        and lower(btrim(decided_by)) <> lower(btrim(started_by)))));
create unique index on period_close (legal_entity_code, period_name) where state in ('started', 'proposed');

-- one row per period of a legal entity that was opened again, and what came of it
create table period_reopening (
    reopening_no bigint generated always as identity primary key,
    legal_entity_code text not null,
    period_name text not null,
    close_no bigint not null references period_close,
    run_id text not null,
    asked_by text not null check (btrim(asked_by) <> ''),
    reason text not null check (btrim(reason) <> ''),
    asked_at timestamptz not null default clock_timestamp(),
    state text not null default 'asked' check (state in ('asked', 'reopened', 'refused', 'closed_again')),
    before_hash text not null, before_path text not null, before_sha256 text not null,
    decided_by text,
    decided_at timestamptz,
    closed_again_no bigint references period_close,
    after_hash text, after_path text, after_sha256 text,
    unique (run_id, legal_entity_code, period_name),
    check (state not in ('reopened', 'closed_again') or (decided_by is not null and decided_at is not null
        and lower(btrim(decided_by)) <> lower(btrim(asked_by)))),
    check (state <> 'closed_again' or (closed_again_no is not null and after_hash is not null)));
create unique index on period_reopening (legal_entity_code, period_name) where state = 'asked';
create unique index on period_reopening (legal_entity_code, period_name) where state = 'reopened';

-- soft_closed: only the listed people and categories still book into it; closed: nobody
alter table accounting_period
    drop constraint accounting_period_state_check,
    add constraint accounting_period_state_check check (state in ('open', 'soft_closed', 'closed')),
    add column start_date date,
    add column end_date date,
    add column close_no bigint references period_close,
    add column open_to_people text[] not null default '{}',
    add column open_to_categories text[] not null default '{}',
    add check (start_date <= end_date);

-- whether entries may be booked into a period by our own word; the ERP's is another. Who books, the connection says
create function takes_entries(entity text, period text, category text default '') returns boolean language sql stable as $$
    select not exists (
        select from tieout.accounting_period as a
        where a.legal_entity_code = entity and a.period_name = period and a.state <> 'open'
            and not (a.state = 'soft_closed' and (
                category = any(a.open_to_categories)
                or lower(btrim(coalesce(current_setting('tieout.person', true), ''))) = any(a.open_to_people))))
$$;

-- A writer shares this lock of a legal entity until its transaction ends; who changes a period takes it alone. So a period is never
-- locked between a look at it and the entry that was booked on that look
create function share_periods(entities text[]) returns void language plpgsql as $$
declare entity text;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'Journal entries are written in transactions of isolation level read committed only: another would not see that a period was locked.'
            using errcode = 'TO002';
    end if;
    for entity in select distinct e from unnest(entities) as e order by 1 loop
        perform pg_advisory_xact_lock_shared(hashtextextended('tieout period ' || entity, 0));
    end loop;
end $$;

create function refuse_locked(reference text, entity text, day date, period text) returns void language plpgsql as $$
begin
    raise exception 'Journal entry % of legal entity % is dated %, and period % is locked. Book it into an open period: the next night dates its documents anew; or reopen the period (DAG period_reopen).',
        reference, entity, day, period using errcode = 'TO001';
end $$;

-- what is dated in a locked period and counts in its books, or is about to
create function lock_entry_insert() returns trigger language plpgsql as $$
declare hit record;
begin
    perform tieout.share_periods(array(select distinct legal_entity_code from new_rows where state not in ('held', 'superseded')));
    select n.reference, n.legal_entity_code, n.posting_date, a.period_name into hit
    from tieout.accounting_period as a
    join new_rows as n on n.legal_entity_code = a.legal_entity_code
        and (n.period_name = a.period_name or n.posting_date between a.start_date and a.end_date)
    where a.state <> 'open' and n.state not in ('held', 'superseded')
        and not tieout.takes_entries(a.legal_entity_code, a.period_name, n.category)
    limit 1;
    if found then
        perform tieout.refuse_locked(hit.reference, hit.legal_entity_code, hit.posting_date, hit.period_name);
    end if;
    return null;
end $$;
create trigger lock_insert after insert on journal_entry referencing new table as new_rows
    for each statement execute function lock_entry_insert();

-- an entry that waits is not in the books: what is refused is to send it, to say that it stands, to take away what stands, and to move it
create function lock_entry_update() returns trigger language plpgsql as $$
declare hit record;
begin
    if (new.posting_date, new.period_name, new.legal_entity_code, new.category)
            is not distinct from (old.posting_date, old.period_name, old.legal_entity_code, old.category)
        and not (old.state in ('ready', 'held', 'rejected', 'superseded')
            and new.state in ('sending', 'created_unreleased', 'posted', 'verified', 'reversed'))
        and not (old.state in ('posted', 'verified', 'reversed')
            and new.state in ('ready', 'held', 'superseded', 'sending', 'created_unreleased')) then
        return new;
    end if;
    perform tieout.share_periods(array[old.legal_entity_code, new.legal_entity_code]);
    select e.reference, e.legal_entity_code, e.posting_date, a.period_name into hit
    from (values (old.reference, old.legal_entity_code, old.posting_date, old.period_name, old.category),
        (new.reference, new.legal_entity_code, new.posting_date, new.period_name, new.category))
        as e (reference, legal_entity_code, posting_date, period_name, category)
    join tieout.accounting_period as a on a.legal_entity_code = e.legal_entity_code
        and (a.period_name = e.period_name or e.posting_date between a.start_date and a.end_date)
    where a.state <> 'open' and not tieout.takes_entries(a.legal_entity_code, a.period_name, e.category)
    limit 1;
    if found then
        perform tieout.refuse_locked(hit.reference, hit.legal_entity_code, hit.posting_date, hit.period_name);
    end if;
    return new;
end $$;
create trigger lock_update before update of state, posting_date, period_name, legal_entity_code, category on journal_entry
    for each row execute function lock_entry_update();

create function lock_entry_delete() returns trigger language plpgsql as $$
declare locked text;
begin
    perform tieout.share_periods(array[old.legal_entity_code]);
    select a.period_name into locked
    from tieout.accounting_period as a
    where a.legal_entity_code = old.legal_entity_code and a.state <> 'open' and old.state not in ('held', 'superseded')
        and (a.period_name = old.period_name or old.posting_date between a.start_date and a.end_date);
    if found then
        perform tieout.refuse_locked(old.reference, old.legal_entity_code, old.posting_date, locked);
    end if;
    return old;
end $$;
create trigger lock_delete before delete on journal_entry for each row execute function lock_entry_delete();

-- lines of what stands in a locked period are as fixed as their entry
create or replace function touch_entries() returns trigger language plpgsql as $$
declare hit record;
begin
    if tg_op in ('INSERT', 'UPDATE') then
        perform tieout.share_periods(array(
            select distinct e.legal_entity_code from tieout.journal_entry as e where e.id in (select entry_id from new_lines)));
        update tieout.journal_entry set balance_check = balance_check + 1 where id in (select entry_id from new_lines);
        select e.reference, e.legal_entity_code, e.posting_date, a.period_name into hit
        from tieout.accounting_period as a
        join tieout.journal_entry as e on a.legal_entity_code = e.legal_entity_code
            and (a.period_name = e.period_name or e.posting_date between a.start_date and a.end_date)
        where a.state <> 'open' and e.id in (select entry_id from new_lines) and e.state not in ('held', 'superseded')
            and not tieout.takes_entries(a.legal_entity_code, a.period_name, e.category)
        limit 1;
        if found then
            perform tieout.refuse_locked(hit.reference, hit.legal_entity_code, hit.posting_date, hit.period_name);
        end if;
    end if;
    if tg_op in ('DELETE', 'UPDATE') then
        perform tieout.share_periods(array(
            select distinct e.legal_entity_code from tieout.journal_entry as e where e.id in (select entry_id from old_lines)));
        update tieout.journal_entry set balance_check = balance_check + 1 where id in (select entry_id from old_lines);
        select e.reference, e.legal_entity_code, e.posting_date, a.period_name into hit
        from tieout.accounting_period as a
        join tieout.journal_entry as e on a.legal_entity_code = e.legal_entity_code
            and (a.period_name = e.period_name or e.posting_date between a.start_date and a.end_date)
        where a.state <> 'open' and e.id in (select entry_id from old_lines) and e.state not in ('held', 'superseded')
            and not tieout.takes_entries(a.legal_entity_code, a.period_name, e.category)
        limit 1;
        if found then
            perform tieout.refuse_locked(hit.reference, hit.legal_entity_code, hit.posting_date, hit.period_name);
        end if;
    end if;
    return null;
end $$;

-- who changes a period waits for whoever is booking into one, and the other way round
create function lock_period_change() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('tieout period ' || coalesce(new.legal_entity_code, old.legal_entity_code), 0));
    return coalesce(new, old);
end $$;
create trigger lock_change before insert or update or delete on accounting_period for each row execute function lock_period_change();

call audit_table('person_role', 'person_role', array['id'], '@.person || '' '' || @.role', 'nullif(@.legal_entity_code, ''*'')', '@.id::text',
    array['person', 'role', 'legal_entity_code', 'valid_from', 'valid_until', 'granted_by', 'ended_by'], array['granted', 'changed', 'deleted']);
call audit_table('period_close', 'period_close', array['close_no'], '@.legal_entity_code || '' '' || @.period_name || '' '' || @.close_no',
    '@.legal_entity_code', '@.run_id',
    array['state', 'started_by', 'reason', 'close_hash', 'trial_balance_hash', 'erp_hash', 'page_sha256', 'workbook_sha256', 'erp_sha256', 'blockers',
        'decision', 'decided_by', 'comment', 'waivers', 'ended_because'],
    array[null, 'changed', 'deleted']);
call audit_table('period_reopening', 'period_reopening', array['reopening_no'],
    '@.legal_entity_code || '' '' || @.period_name || '' '' || @.reopening_no', '@.legal_entity_code', '@.run_id',
    array['state', 'asked_by', 'reason', 'close_no', 'before_hash', 'decided_by', 'closed_again_no', 'after_hash'],
    array[null, 'changed', 'deleted']);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select, insert, update on person_role, period_close, period_reopening to finance_writer;
        grant usage on all sequences in schema tieout to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on person_role, period_close, period_reopening to auditor;
    end if;
end $$;

call audit_guarded();
set local search_path to default;
