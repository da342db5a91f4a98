-- The exceptions desk. `state` goes on saying whether the cause stands, and the stages alone say so; beside it stands what a person
-- said of it. The history of both is in the audit log.
set local search_path = tieout;

alter table exception
    -- a person's word; on what stands it is kept from night to night until it lapses (exception_word_lapses)
    add column word text check (word in ('acknowledged', 'waive_asked', 'waived', 'resolved')),
    add column word_by text,
    add column word_at timestamptz,
    add column word_reason text,
    add column word_minor numeric(38, 0),          -- what a waiver covers, in word_currency
    add column word_currency text,
    add column approved_by text,                   -- the second person of a waiver
    add column approved_at timestamptz,
    -- somebody asked for its documents to be read again, or its entry to go on
    add column replay_at timestamptz,
    add column replay_by text,
    add column replay_reason text,
    -- what the desk makes of it by exceptions_desk.yaml; null until the end of the night that found it
    add column desk_severity text check (desk_severity in ('critical', 'high', 'medium', 'low')),
    add column desk_owner text,
    add column period_name text,                   -- the accounting period at risk
    add column period_stage text check (period_stage in ('open', 'closing')),
    add column due_on date,
    add column escalated_at timestamptz,           -- it was due and nobody had settled it; said once
    add column rule text generated always as (split_part(cause, '|', -1)) stored,
    -- what is found, without the name of what it is found in
    add column detail text generated always as (
        case when starts_with(message, subject_type || ' ' || subject_id || ' of legal entity ' || legal_entity_code || ': ')
            then substr(message, length(subject_type || ' ' || subject_id || ' of legal entity ' || legal_entity_code || ': ') + 1)
            else replace(message, subject_id, '...') end) stored,
    -- the same cause: exceptions of one name, legal entity and finding
    add column group_code text generated always as (
        left(md5(split_part(cause, '|', -1) || '|' || legal_entity_code || '|' || category || '|' ||
            case when starts_with(message, subject_type || ' ' || subject_id || ' of legal entity ' || legal_entity_code || ': ')
                then substr(message, length(subject_type || ' ' || subject_id || ' of legal entity ' || legal_entity_code || ': ') + 1)
                else replace(message, subject_id, '...') end), 12)) stored,
    add check ((word is null) = (word_by is null) and (word is null) = (word_at is null)),
    add check (word not in ('waive_asked', 'waived') or word_reason <> ''),
    -- whoever waived cannot have approved it
    add check (approved_by is null or (word = 'waived' and lower(btrim(approved_by)) <> lower(btrim(word_by))));
create index on exception (group_code);

-- A word lapses when it is about something else now: a cause that comes back begins anew, and a waiver covers no more money
-- than it was given for
create function exception_word_lapses() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if old.state = 'closed' and new.state = 'open' then
        new.escalated_at := null; new.due_on := null;
    elsif not (new.word in ('waive_asked', 'waived') and (coalesce(new.risk_minor, new.amount_minor) > new.word_minor
            or case when new.risk_minor is null then new.currency else new.risk_currency end is distinct from new.word_currency)) then
        return new;
    end if;
    new.word := null; new.word_by := null; new.word_at := null; new.word_reason := null; new.word_minor := null;
    new.word_currency := null; new.approved_by := null; new.approved_at := null;
    return new;
end $$;
create trigger word_lapses before update on exception for each row
    when ((old.state = 'closed' and new.state = 'open') or new.word in ('waive_asked', 'waived'))
    execute function exception_word_lapses();

-- one row per exception, as a person reads it
create view exception_desk as
select x.id, x.cause, x.group_code, x.rule, x.category, coalesce(x.desk_severity, x.severity) as severity, coalesce(x.desk_owner, x.owner) as owner,
    case
        when x.state = 'open' then coalesce(x.word, 'open')
        when x.word = 'resolved' then 'resolved'
        when x.replay_at >= x.opened_at then 'replayed'
        else 'resolved'
    end as state,
    x.state = 'open' as is_standing, x.source_code, x.legal_entity_code, x.currency, x.amount_minor,
    coalesce(x.risk_minor, x.amount_minor) as at_risk_minor,
    case when x.risk_minor is null then x.currency else x.risk_currency end as at_risk_currency,
    x.period_name, x.period_stage, x.subject_type, x.subject_id, x.subject_uid, x.detail, x.message, x.suggested_fix, x.opened_at,
    x.closed_at, x.due_on, x.escalated_at, x.word_by, x.word_at, x.word_reason, x.approved_by, x.approved_at, x.replay_at, x.replay_by, x.replay_reason
from exception as x;

call audit_table('exception', 'exception', array['id'], '@.cause', '@.legal_entity_code', '@.subject_uid::text',
    array['state', 'category', 'severity', 'owner', 'subject_type', 'subject_id', 'currency', 'amount_minor', 'risk_minor', 'risk_currency',
        'word', 'word_by', 'word_reason', 'word_minor', 'approved_by', 'replay_at', 'replay_by', 'replay_reason',
        'desk_severity', 'desk_owner', 'period_name', 'period_stage', 'due_on', 'escalated_at'],
    array[null, 'changed', 'deleted']);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select on exception_desk to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on exception_desk to auditor;
    end if;
end $$;

call audit_guarded();
set local search_path to default;
