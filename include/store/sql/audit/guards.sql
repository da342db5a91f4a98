-- one row per trigger of the audit log that is not what the newest word of the log says of it. What triggers are there is read from
-- PostgreSQL's own catalogue, as `audit_guarded` did when they were made
with said as (
    select g.key as guard, g.value as sha256
    from (
        select l.after
        from audit_log as l
        where l.subject_type = 'schema' and l.action = 'guarded'
        order by l.id desc
        limit 1) as newest
    cross join lateral jsonb_each_text(newest.after) as g
), found as (
    select c.relname || '.' || t.tgname as guard, t.tgenabled in ('O', 'A') as is_enabled,
        encode(sha256(convert_to(concat_ws('|', pg_get_triggerdef(t.oid), p.prosecdef, p.proconfig, p.prosrc), 'UTF8')), 'hex') as sha256
    from pg_trigger as t
    join pg_class as c on c.oid = t.tgrelid
    join pg_namespace as s on s.oid = c.relnamespace
    join pg_proc as p on p.oid = t.tgfoid
    where s.nspname = 'tieout' and not t.tgisinternal and t.tgparentid = 0
)
select coalesce(s.guard, g.guard) as guard, case
    when s.guard is null then 'is there, and no migration made it'
    when g.guard is null then 'is gone: what it watched could be changed without a trace'
    when not g.is_enabled then 'is off: what it watches can be changed without a trace'
    else 'does something else than when it was made' end as fact
from said as s
full join found as g on g.guard = s.guard
where s.sha256 is distinct from g.sha256 or not g.is_enabled
order by guard
