-- one row per column of the schema billing, with its type; a domain is what it stands for
select
    c.relname::text as table_name,
    a.attname::text as column_name,
    format_type(case when t.typtype = 'd' then t.typbasetype else a.atttypid end, null)::text as column_type
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_attribute as a on a.attrelid = c.oid
join pg_catalog.pg_type as t on t.oid = a.atttypid
where n.nspname = 'billing' and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
