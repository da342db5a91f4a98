"""What each database role may do beyond its work: nothing. The audit log's own guards are in tests/audit."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from include.sample.postgres import EmbeddedPostgres
from include.sample.postgres_roles import ROLES
from include.store.database import FinanceDatabase
from tests.integration.billing_world import SCHEMA

_WRITING = ("insert", "update", "delete", "truncate", "references", "trigger")
_GRANTED = """
select c.relname, p.right_name from pg_class as c, unnest(%s::text[]) as p (right_name)
where c.relnamespace = %s::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and has_table_privilege(%s, c.oid, p.right_name)
"""
# What an application that was taken over could do with rows beyond its work.
_UNBOUNDED = ("truncate", "references", "trigger")


@pytest.fixture
def billing(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The sample company's billing schema, readable as the pipelines have it."""
    name = f"billing_{uuid4().hex[:8]}"
    postgres.create_database(name, "billing_owner")
    with postgres.connect("billing_owner", name) as owner:
        owner.execute(SCHEMA.read_text(encoding="utf-8"))
    postgres.grant_reading(name, "billing_owner", "billing_reader", "billing")
    yield name
    postgres.drop_database(name)


def test_no_role_of_ours_is_more_than_a_login(postgres: EmbeddedPostgres) -> None:
    with postgres.admin() as admin:
        rows = admin.execute(
            "select rolname, rolcreatedb from pg_roles where rolname = any(%s)"
            " and not (rolsuper or rolcreaterole or rolreplication or rolbypassrls)",
            (list(ROLES),),
        ).fetchall()
    assert dict(rows) == ROLES


def test_the_reader_of_billing_writes_in_no_table_and_makes_nothing(postgres: EmbeddedPostgres, billing: str) -> None:
    with postgres.connect("billing_owner", billing) as owner:
        assert owner.execute(_GRANTED, (list(_WRITING), "billing", "billing_reader")).fetchall() == []
    with postgres.connect("billing_reader", billing) as reader:
        for statement in (
            "update billing.invoices set total_minor = 0",
            "create table billing.mine (id int)",
            "create table public.mine (id int)",
            "create schema mine",
            "create temporary table mine (id int)",
            "drop trigger touch on billing.invoices",
            "set role billing_owner",
        ):
            _refused(reader, statement)


def test_the_auditor_writes_in_no_table_of_the_finance_database(
    postgres: EmbeddedPostgres, finance: FinanceDatabase
) -> None:
    with finance.transaction() as connection:
        rows = connection.execute(_GRANTED, (list(_WRITING), "tieout", "auditor")).fetchall()
    assert rows == []
    with postgres.connect("auditor", finance.dsn.rsplit("/", 1)[1]) as auditor:
        for statement in ("create table tieout.mine (id int)", "create schema mine", "set role finance_writer"):
            _refused(auditor, statement)


def test_the_application_empties_no_table_and_owns_none(finance: FinanceDatabase) -> None:
    with finance.transaction() as connection:
        assert connection.execute(_GRANTED, (list(_UNBOUNDED), "tieout", "finance_writer")).fetchall() == []
        owned = "select relname from pg_class where relowner = 'finance_writer'::regrole and relkind in ('r', 'v', 'f')"
        assert connection.execute(owned).fetchall() == []


def test_the_application_deletes_no_record_of_what_was_booked(finance: FinanceDatabase) -> None:
    kept = {
        "batch",
        "journal_entry",
        "journal_line",
        "posting_transition",
        "exception",
        "tie_out",
        "audit_log",
        "audit_chain",
    }
    with finance.transaction() as connection:
        rows = connection.execute(_GRANTED, (["delete"], "tieout", "finance_writer")).fetchall()
        known = connection.execute(_GRANTED, (["select"], "tieout", "finance_writer")).fetchall()
    assert kept <= {row["relname"] for row in known}
    assert kept.isdisjoint(row["relname"] for row in rows)


def _refused(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(statement.encode())
