"""Who may do what in the embedded PostgreSQL: one role per use, each with a password of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import psycopg
from psycopg import sql

# Role -> may it create databases? Only the ERP's own admin command needs that.
ROLES: dict[str, bool] = {
    "billing_owner": False,  # the sample billing system itself
    "billing_reader": False,  # the pipelines' extract: select only
    "finance_owner": False,  # migrations of the finance database
    "finance_writer": False,  # the pipelines
    "auditor": False,  # people who look: select only
    "tryton": True,  # the ERP
    "airflow": False,  # Airflow's metadata
}
# Owner of a database -> the other roles that may connect to it. Nobody else may.
GUESTS: dict[str, tuple[str, ...]] = {
    "billing_owner": ("billing_reader",),
    "finance_owner": ("finance_writer", "auditor"),
    "tryton": (),
    "airflow": (),
}
# Databases that every set of services has -> owner.
DATABASES: dict[str, str] = {"billing": "billing_owner", "finance": "finance_owner", "airflow": "airflow"}

Connection = psycopg.Connection[tuple[object, ...]]


def create_roles(admin: Connection, password: Callable[[str], str]) -> None:
    """Create the roles that are missing and set every role's password again."""
    known = {name for (name,) in admin.execute("select rolname from pg_roles")}
    for role, creates_databases in ROLES.items():
        right = sql.SQL("createdb" if creates_databases else "nocreatedb")
        verb = sql.SQL("alter" if role in known else "create")
        admin.execute(
            sql.SQL("{} role {} with login {} password {}").format(
                verb, sql.Identifier(role), right, sql.Literal(password(role))
            )
        )


def create_database(admin: Connection, name: str, owner: str, template: str | None) -> None:
    """Create database `name` unless it exists; only its owner and the owner's guests may connect."""
    if admin.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is None:
        # Copying files is quicker than writing every page of a template to the log.
        strategy = sql.SQL("strategy file_copy") if template else sql.SQL("")
        admin.execute(
            sql.SQL("create database {} owner {} template {} {}").format(
                sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template or "template0"), strategy
            )
        )
    admin.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
    for guest in GUESTS.get(owner, ()):
        admin.execute(sql.SQL("grant connect on database {} to {}").format(sql.Identifier(name), sql.Identifier(guest)))


def grant_reading(owner: Connection, reader: str, schemas: Iterable[str] = ("public",)) -> None:
    """Let `reader` select from every table of `schemas`, those that exist and those that `owner` will make."""
    for schema in schemas:
        names = {"schema": sql.Identifier(schema), "reader": sql.Identifier(reader)}
        for statement in (
            "grant usage on schema {schema} to {reader}",
            "grant select on all tables in schema {schema} to {reader}",
            "alter default privileges in schema {schema} grant select on tables to {reader}",
        ):
            owner.execute(sql.SQL(statement).format(**names))
