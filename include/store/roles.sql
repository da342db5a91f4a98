-- The roles and databases of a team's own PostgreSQL, made by its superuser before any migration. Safe to repeat.
-- For psql: passwords come from its environment, so that they stand on no command line.
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv finance_owner_password FINANCE_OWNER_PASSWORD
\getenv finance_writer_password FINANCE_WRITER_PASSWORD
\getenv auditor_password AUDITOR_PASSWORD

select format('create role %I', wanted.name)
from (values ('airflow'), ('finance_owner'), ('finance_writer'), ('auditor')) as wanted (name)
where not exists (select from pg_roles where rolname = wanted.name)
\gexec

alter role airflow login password :'airflow_password';
alter role finance_owner login password :'finance_owner_password';
alter role finance_writer login password :'finance_writer_password';
alter role auditor login password :'auditor_password';

select format('create database %I owner %I', wanted.name, wanted.owner)
from (values ('airflow', 'airflow'), ('finance', 'finance_owner')) as wanted (name, owner)
where not exists (select from pg_database where datname = wanted.name)
\gexec

revoke all on database airflow, finance from public;
grant connect on database finance to finance_writer, auditor;
