-- The audit log: one row per change, written by the database itself in the transaction that makes the change, so that no writer
-- can change a state without it; and a chain of hashes over these rows, one link per row in the order of their commits.
set local search_path = tieout;

-- one row per change of a thing, or per word of a person; never changed
create table audit_log (
    id bigint generated always as identity primary key,    -- in the order of writing, with gaps: what was rolled back took its number along
    xact xid8 not null default pg_current_xact_id(),
    at timestamptz not null default clock_timestamp(),
    db_role text not null default session_user,            -- the login: PostgreSQL itself says so
    -- what the login says of itself: the program or task, the person behind it, its run
    actor text not null default coalesce(nullif(current_setting('tieout.actor', true), ''), session_user),
    person text default nullif(current_setting('tieout.person', true), ''),
    run_id text default nullif(current_setting('tieout.run_id', true), ''),
    is_witnessed boolean not null default false,           -- the database saw the change; false: an application told of it
    is_sealing boolean not null default true,              -- calls the sealing of its transaction: one row per statement does
    action text not null,
    subject_type text not null,
    subject_id text not null,
    legal_entity_code text,
    correlation_id text,                                   -- of an entry: its id, which travels to the ERP; of a batch: its id
    before jsonb,                                          -- what was and what became of it: the fields that changed
    after jsonb);
create index on audit_log (xact);
create index on audit_log (subject_type, subject_id);

-- one row per row of the log, in the order of commits, without gaps
create table audit_chain (
    seq bigint primary key,
    log_id bigint not null unique,
    subject text not null,                                 -- what a deleted row was about
    row_sha256 bytea not null,                             -- of audit_content
    hash bytea not null);                                  -- of the link before and of this one: audit_link_hash

-- all that a row says, as one text: what is hashed. Its id is in the link
create function audit_content(l audit_log) returns text language sql stable parallel safe as $$
    select jsonb_build_array(l.xact::text, to_char(l.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), l.db_role, l.actor, l.person,
        l.run_id, l.is_witnessed, l.action, l.subject_type, l.subject_id, l.legal_entity_code, l.correlation_id, l.before, l.after)::text
$$;

create function audit_link_hash(previous bytea, seq bigint, log_id bigint, subject text, row_sha256 bytea) returns bytea
language sql immutable parallel safe as $$
    select sha256(previous || row_sha256 || convert_to(seq || '|' || log_id || '|' || subject, 'UTF8'))
$$;

-- the hash of link after link: the state is the one before, and at first `head`
create function audit_next_hash(state bytea, head bytea, seq bigint, log_id bigint, subject text, row_sha256 bytea) returns bytea
language sql immutable parallel safe as $$
    select tieout.audit_link_hash(coalesce(state, head), seq, log_id, subject, row_sha256)
$$;
create aggregate audit_hashes(head bytea, seq bigint, log_id bigint, subject text, row_sha256 bytea) (
    sfunc = audit_next_hash, stype = bytea);

-- Seals what its transaction has logged, when it commits. The lock is the last one that a transaction waits for, so two that change
-- the same things cannot wait for each other here; it is held until the commit stands, so links are in the order of commits.
-- Nothing is ever written and not sealed: a transaction that dies before its end leaves neither row nor link.
create function seal_audit() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('tieout audit chain', 0));
    insert into tieout.audit_chain (seq, log_id, subject, row_sha256, hash)
    with head as (
        -- an empty chain begins at 32 zero bytes
        select coalesce(max(c.seq), 0) as seq, coalesce((array_agg(c.hash))[1], decode(repeat('00', 32), 'hex')) as hash
        from (select seq, hash from tieout.audit_chain order by seq desc limit 1) as c
    ), numbered as (
        select h.seq + row_number() over (order by l.id) as seq, h.hash as head, l.id as log_id, l.subject_type || ' ' || l.subject_id as subject,
            sha256(convert_to(tieout.audit_content(l), 'UTF8')) as row_sha256
        from tieout.audit_log as l
        cross join head as h
        where l.xact = pg_current_xact_id() and not exists (select from tieout.audit_chain as c where c.log_id = l.id)
    )
    select n.seq, n.log_id, n.subject, n.row_sha256,
        tieout.audit_hashes(n.head, n.seq, n.log_id, n.subject, n.row_sha256) over (order by n.seq)
    from numbered as n;
    return null;
exception when unique_violation then
    -- its snapshot is older than the head of the chain
    raise exception 'What this transaction changed cannot be sealed in the audit log: it must read committed rows. Run it again.'
        using errcode = 'serialization_failure';
end $$;
create constraint trigger seal after insert on audit_log deferrable initially deferred
    for each row when (new.is_sealing) execute function seal_audit();

-- Rows and links stay as they are, whoever asks: also the owner must take this off before it can change one
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'tieout.% is append-only: % is refused.', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger refuse_change before update or delete or truncate on audit_log for each statement execute function refuse_change();
create trigger refuse_change before update or delete or truncate on audit_chain for each statement execute function refuse_change();

-- Makes every insert, update, delete and truncate of a table leave its rows in the log, from any writer: one statement of SQL for
-- each statement of the writer. Called again for a table, it watches what is said then.
--   watched: columns, or `name = expression` with @ for the row, of which a change is logged; of a new row all, of a change what differs
--   keys: the primary key. subject, entity, correlation: expressions with @ for the row
--   verbs: of a new, a changed and a deleted row. A change of the column `state` is called by the new state
create procedure audit_table(audited text, subject_type text, keys text[], subject text, entity text, correlation text, watched text[],
    verbs text[]) language plpgsql as $body$
declare
    fields text; becomes text; was text; on_keys text; differs text; created_verb text; changed_verb text;
begin
    with field as (
        select n, trim(split_part(w, '=', 1)) as name, case when w like '%=%' then trim(substr(w, strpos(w, '=') + 1)) else '@.' || trim(w) end as value
        from unnest(watched) with ordinality as u (w, n)
    )
    select string_agg(format('(%L, to_jsonb(%s), to_jsonb(%s))', name, replace(value, '@', 'o'), replace(value, '@', 'n')), ', ' order by n),
        string_agg(format('%L, %s', name, replace(value, '@', 'n')), ', ' order by n),
        string_agg(format('%L, %s', name, replace(value, '@', 'o')), ', ' order by n),
        string_agg(format('(%s) is distinct from (%s)', replace(value, '@', 'o'), replace(value, '@', 'n')), ' or ' order by n)
    into fields, becomes, was, differs
    from field;
    select string_agg(format('o.%1$I = n.%1$I', k), ' and ') into on_keys from unnest(keys) as k;
    created_verb := format(case when 'state' = any(watched) and verbs[1] is null then 'n.state' else '%L' end, verbs[1]);
    changed_verb := format(case when 'state' = any(watched) then 'case when o.state is distinct from n.state then n.state else %L end' else '%L' end, verbs[2]);
    execute format($create$
        create or replace function tieout.%1$I() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $f$
        begin
            if tg_op = 'INSERT' then
                insert into tieout.audit_log (is_witnessed, is_sealing, action, subject_type, subject_id, legal_entity_code, correlation_id, after)
                select true, row_number() over () = 1, %2$s, %3$L, %4$s, %5$s, %6$s, jsonb_build_object(%7$s)
                from new_rows as n;
            elsif tg_op = 'UPDATE' then
                insert into tieout.audit_log (is_witnessed, is_sealing, action, subject_type, subject_id, legal_entity_code, correlation_id, before, after)
                select true, row_number() over () = 1, %8$s, %3$L, coalesce(%4$s, %9$s), coalesce(%5$s, %10$s), coalesce(%6$s, %11$s), d.was, d.becomes
                from old_rows as o
                full join new_rows as n on %12$s
                cross join lateral (
                    select jsonb_object_agg(f.name, f.was) as was, jsonb_object_agg(f.name, f.becomes) as becomes
                    from (values %13$s) as f (name, was, becomes)
                    where f.was is distinct from f.becomes) as d
                where %14$s;
            elsif tg_op = 'DELETE' then
                insert into tieout.audit_log (is_witnessed, is_sealing, action, subject_type, subject_id, legal_entity_code, correlation_id, before)
                select true, row_number() over () = 1, %15$L, %3$L, %9$s, %10$s, %11$s, jsonb_build_object(%16$s)
                from old_rows as o;
            else
                insert into tieout.audit_log (is_witnessed, action, subject_type, subject_id) values (true, 'all removed', %3$L, '*');
            end if;
            return null;
        end $f$
        $create$,
        'audit_' || audited, created_verb, subject_type, replace(subject, '@', 'n'), replace(entity, '@', 'n'), replace(correlation, '@', 'n'), becomes,
        changed_verb, replace(subject, '@', 'o'), replace(entity, '@', 'o'), replace(correlation, '@', 'o'), on_keys, fields, differs,
        verbs[3], was);
    execute format('create or replace trigger audit_insert after insert on tieout.%I referencing new table as new_rows for each statement execute function tieout.%I()',
        audited, 'audit_' || audited);
    execute format('create or replace trigger audit_update after update on tieout.%I referencing old table as old_rows new table as new_rows for each statement execute function tieout.%I()',
        audited, 'audit_' || audited);
    execute format('create or replace trigger audit_delete after delete on tieout.%I referencing old table as old_rows for each statement execute function tieout.%I()',
        audited, 'audit_' || audited);
    execute format('create or replace trigger audit_truncate after truncate on tieout.%I for each statement execute function tieout.%I()',
        audited, 'audit_' || audited);
end $body$;

call audit_table('attempt', 'attempt', array['id'], '@.id::text', 'null::text', '@.id::text',
    array['state', 'kind', 'source_code', 'read_instant', 'document_count', 'evidence_path', 'tidied_at',
        'manifest_sha256 = encode(sha256(convert_to(@.manifest::text, ''UTF8'')), ''hex'')'],
    array['open', 'changed', 'deleted']);
call audit_table('validation', 'validation', array['id'], '@.id::text', 'null::text', '@.attempt_id::text',
    array['attempt_id', 'configuration_sha256', 'code_version', 'document_count', 'finding_count', 'stopped_because'],
    array['recorded', 'changed', 'deleted']);
call audit_table('batch', 'batch', array['batch_no'], '@.batch_no::text', 'null::text', '@.id::text',
    array['kind', 'source_code', 'read_instant', 'attempt_id', 'horizon_from', 'horizon_to', 'generation', 'rule_set_sha256', 'code_version',
        'manifest_sha256 = encode(sha256(convert_to(@.manifest::text, ''UTF8'')), ''hex'')'],
    array['committed', 'changed', 'deleted']);
call audit_table('journal_entry', 'journal_entry', array['id'], '@.reference', '@.legal_entity_code', '@.id::text',
    array['state', 'held_reason', 'cause', 'attempt_count', 'erp_id', 'erp_number', 'erp_code', 'legal_entity_code', 'reference', 'batch_no', 'book',
        'period_name', 'posting_date', 'currency', 'category', 'total_debit_minor', 'document_count',
        'content_sha256 = encode(@.content_sha256, ''hex'')'],
    array[null, 'changed', 'deleted']);
call audit_table('exception', 'exception', array['id'], '@.cause', '@.legal_entity_code', '@.subject_uid::text',
    array['state', 'category', 'severity', 'owner', 'subject_type', 'subject_id', 'currency', 'amount_minor', 'risk_minor', 'risk_currency'],
    array[null, 'changed', 'deleted']);
call audit_table('accounting_period', 'accounting_period', array['legal_entity_code', 'period_name'], '@.legal_entity_code || '' '' || @.period_name',
    '@.legal_entity_code', 'null::text', array['state', 'changed_by'], array[null, 'changed', 'deleted']);
call audit_table('erp_period', 'erp_period', array['erp_code', 'legal_entity_code', 'period_name'],
    '@.erp_code || '' '' || @.legal_entity_code || '' '' || @.period_name', '@.legal_entity_code', 'null::text',
    array['state', 'fiscal_year', 'start_date', 'end_date'], array[null, 'changed', 'gone']);
call audit_table('rule_set', 'rule_set', array['sha256'], '@.sha256', 'null::text', 'null::text',
    array['files = (select jsonb_object_agg(f.key, encode(sha256(convert_to(f.value, ''UTF8'')), ''hex'')) from jsonb_each_text(@.files) as f)'],
    array['first used', 'changed', 'deleted']);
call audit_table('reclassification', 'reclassification', array['sha256'], '@.sha256', 'null::text', '@.sha256',
    array['source_code', 'asked', 'reason', 'rule_set_sha256', 'entry_count', 'document_count', 'proposed_by', 'approved_by', 'approved_at', 'batch_no',
        'report_sha256 = encode(sha256(convert_to(@.report, ''UTF8'')), ''hex'')'],
    array['proposed', 'approved', 'deleted']);

-- lines, traces and rates are only added to: whoever changes one anyway is logged
call audit_table('journal_line', 'journal_line', array['entry_id', 'line_no'], '@.entry_id || '' '' || @.line_no', 'null::text', '@.entry_id::text',
    array['account_code', 'amount_minor', 'functional_minor', 'department', 'region', 'product_line', 'party_key', 'line_text'],
    array['added', 'changed', 'deleted']);
drop trigger audit_insert on journal_line;
call audit_table('posting_transition', 'posting_transition', array['id'], '@.id::text', 'null::text', '@.journal_entry_id::text',
    array['at', 'actor', 'attempt_no', 'from_state', 'to_state', 'request_sha256', 'response', 'detail'],
    array['added', 'changed', 'deleted']);
drop trigger audit_insert on posting_transition;
call audit_table('fx_rate', 'fx_rate', array['source', 'base', 'quote', 'purpose', 'rate_date', 'version'],
    '@.source || '' '' || @.base || ''/'' || @.quote || '' '' || @.rate_date', 'null::text', 'null::text',
    array['purpose', 'version', 'rate', 'origin', 'loaded_by'], array['added', 'changed', 'deleted']);

-- rates come by the thousand: one row per load and source says how many, and which by their hash
create function log_fx_load() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into tieout.audit_log (is_witnessed, is_sealing, action, subject_type, subject_id, after)
    select true, row_number() over () = 1, 'loaded', 'fx_rate', n.source, jsonb_build_object('origin', n.origin, 'loaded_by', n.loaded_by, 'rate_count', count(*),
        'corrected_count', count(*) filter (where n.version > 1), 'first_date', min(n.rate_date), 'last_date', max(n.rate_date),
        'rates_sha256', encode(sha256(convert_to(string_agg(concat_ws('|', n.base, n.quote, n.purpose, n.rate_date, n.version, n.rate), E'\n'
            order by n.base, n.quote, n.purpose, n.rate_date, n.version), 'UTF8')), 'hex'))
    from new_rows as n
    group by n.source, n.origin, n.loaded_by;
    return null;
end $$;
create or replace trigger audit_insert after insert on fx_rate referencing new table as new_rows
    for each statement execute function log_fx_load();

-- another configuration or another code than the source's batch before this one
create function log_configuration() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into tieout.audit_log (is_witnessed, action, subject_type, subject_id, correlation_id, before, after)
    select true, case when p.batch_no is null then 'first used' else 'changed' end, 'configuration', n.source_code, n.id::text,
        case when p.batch_no is not null then
            jsonb_build_object('batch_no', p.batch_no, 'rule_set_sha256', p.rule_set_sha256, 'code_version', p.code_version) end,
        jsonb_build_object('batch_no', n.batch_no, 'rule_set_sha256', n.rule_set_sha256, 'code_version', n.code_version)
    from new_rows as n
    left join lateral (
        select b.batch_no, b.rule_set_sha256, b.code_version
        from tieout.batch as b
        where b.source_code = n.source_code and b.batch_no < n.batch_no
        order by b.batch_no desc
        limit 1) as p on true
    where (n.rule_set_sha256, n.code_version) is distinct from (p.rule_set_sha256, p.code_version);
    return null;
end $$;
create trigger audit_configuration after insert on batch referencing new table as new_rows
    for each statement execute function log_configuration();

-- a tie-out, once all of its rows are there: how many, and which by their hash
call audit_table('tie_out_run', 'tie_out', array['id'], '@.id::text', '@.legal_entity_code', 'null::text',
    array['read_instant', 'source_code', 'actor', 'superseded_at'], array['tied out', 'superseded', 'deleted']);
drop trigger audit_insert on tie_out_run;
create function log_tie_out() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into tieout.audit_log (is_witnessed, action, subject_type, subject_id, legal_entity_code, after)
    select true, 'tied out', 'tie_out', new.id::text, new.legal_entity_code, jsonb_build_object('read_instant', new.read_instant,
        'source_code', new.source_code, 'row_count', count(*), 'different_count', count(*) filter (where t.status = 'different'),
        'pending_count', count(*) filter (where t.status = 'pending'),
        'rows_sha256', encode(sha256(convert_to(coalesce(string_agg(to_jsonb(t)::text, E'\n' order by t.row_no), ''), 'UTF8')), 'hex'))
    from tieout.tie_out as t
    where t.run_id = new.id;
    return null;
end $$;
create constraint trigger audit_tie_out after insert on tie_out_run deferrable initially deferred
    for each row execute function log_tie_out();
call audit_table('tie_out', 'tie_out_row', array['run_id', 'row_no'], '@.run_id || '' '' || @.row_no', '@.legal_entity_code', 'null::text',
    array['hop', 'check_name', 'status', 'subject', 'difference_minor', 'explanation'], array['added', 'changed', 'deleted']);
drop trigger audit_insert on tie_out;

-- The log knows what guards it: each trigger of this schema, by the hash of what it does. A migration that makes or changes one
-- says so by calling this at its end
create procedure audit_guarded() language sql as $$
    insert into tieout.audit_log (is_witnessed, action, subject_type, subject_id, after)
    select true, 'guarded', 'schema', 'tieout', jsonb_object_agg(c.relname || '.' || t.tgname,
        encode(sha256(convert_to(concat_ws('|', pg_get_triggerdef(t.oid), p.prosecdef, p.proconfig, p.prosrc), 'UTF8')), 'hex'))
    from pg_trigger as t
    join pg_class as c on c.oid = t.tgrelid
    join pg_namespace as s on s.oid = c.relnamespace
    join pg_proc as p on p.oid = t.tgfoid
    where s.nspname = 'tieout' and not t.tgisinternal and t.tgparentid = 0
$$;
call audit_guarded();

-- the application adds what only it knows, and no more: who, when and by which login is not for it to say; auditors read
revoke all on procedure audit_table, audit_guarded from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select on audit_log, audit_chain to finance_writer;
        grant insert (action, subject_type, subject_id, legal_entity_code, correlation_id, before, after) on audit_log to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on audit_log, audit_chain to auditor;
    end if;
end $$;

set local search_path to default;
