"""What PostgreSQL itself refuses, whoever writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from include.finance.errors import SystemUnreachableError
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase


@pytest.fixture
def entry(finance: FinanceDatabase) -> UUID:
    """A committed entry with two lines."""
    with finance.transaction() as connection:
        connection.execute("insert into source_stream (source_code) values ('billing')")
        connection.execute(
            "insert into attempt (id, source_code, kind, read_instant, horizon_from, evidence_path)"
            " values (%s, 'billing', 'night', now(), 0, '')",
            (attempt := uuid4(),),
        )
        connection.execute(
            "insert into batch (id, attempt_id, source_code, read_instant, horizon_from, horizon_to, snapshot_rank,"
            " generation, rule_set_sha256, code_version, manifest)"
            " values (%s, %s, 'billing', now(), 0, 1, 1, 1, '', '', '[]')",
            (uuid4(), attempt),
        )
        return add_entry(connection, [100, -100])


def add_entry(connection: psycopg.Connection[Any], amounts: list[int]) -> UUID:
    name = uuid4()
    connection.execute(
        "insert into tieout.journal_entry (id, batch_no, erp_code, legal_entity_code, period_name, posting_date, currency,"
        " functional_currency, functional_exponent, exponent, category, reference, content_sha256, description, document_count, total_debit_minor, state)"
        " select %s, max(batch_no), 'tryton', 'US', '2026-01', '2026-01-15', 'USD', 'USD', 2, 2, 'invoices', %s, '', '', 1, 1, 'ready'"
        " from tieout.batch",
        (name, name.hex[:16]),
    )
    add_lines(connection, name, amounts, 1)
    return name


def add_lines(connection: psycopg.Connection[Any], name: UUID, amounts: list[int], first: int) -> None:
    connection.execute(
        "insert into tieout.journal_line (entry_id, line_no, account_code, amount_minor, functional_minor, document_count, line_text)"
        " select %s, n + %s - 1, '1100', amount, amount, 1, '' from unnest(%s::bigint[]) with ordinality as a (amount, n)",
        (name, first, amounts),
    )


@contextmanager
def refused(match: str) -> Iterator[None]:
    with pytest.raises(psycopg.errors.CheckViolation, match=match):
        yield


@pytest.fixture
def owner(postgres: EmbeddedPostgres, finance: FinanceDatabase) -> Iterator[psycopg.Connection[Any]]:
    """The schema's owner: no right protects the books from this role, the balance does."""
    with psycopg.connect(postgres.dsn("finance_owner", finance.dsn.rsplit("/", 1)[1]), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "insert into tieout.journal_line values (%(id)s, 3, '1100', 1, null, null, null, null, 1, '', 1)",
        "update tieout.journal_line set amount_minor = amount_minor + 1 where entry_id = %(id)s and line_no = 1",
        "delete from tieout.journal_line where entry_id = %(id)s and line_no = 1",
        "delete from tieout.journal_line where entry_id = %(id)s",
        "update tieout.journal_line set entry_id = %(other)s, line_no = 3 where entry_id = %(id)s and line_no = 1",
    ],
    ids=["insert", "update", "delete", "delete all", "move"],
)
def test_an_entry_out_of_balance_cannot_be_committed_by_anybody(
    owner: psycopg.Connection[Any], entry: UUID, statement: str
) -> None:
    with owner.transaction():
        other = add_entry(owner, [50, -50])
    with refused(r"out of balance by -?\d+ minor units of USD; check the posting rules"), owner.transaction():
        owner.execute(statement, {"id": entry, "other": other})
    with owner.transaction():  # within a transaction lines may come one by one
        add_lines(owner, entry, [7], 3)
        add_lines(owner, entry, [-7], 4)


def test_an_entry_out_of_balance_in_the_books_own_currency_cannot_be_committed(
    owner: psycopg.Connection[Any], entry: UUID
) -> None:
    statement = (
        "update tieout.journal_line set functional_minor = functional_minor + 1 where entry_id = %(id)s and line_no = 1"
    )
    with refused(r"out of balance by 1 minor units of USD, its functional currency"), owner.transaction():
        owner.execute(statement, {"id": entry})


def test_an_entry_without_lines_cannot_be_committed(finance: FinanceDatabase, entry: UUID) -> None:
    with refused("has 0 lines"), finance.transaction() as connection:
        add_entry(connection, [])


@pytest.mark.parametrize("table", ["journal_line", "document_version", "posting_transition", "batch_outcome"])
def test_the_application_cannot_change_or_delete_what_was_written(
    finance: FinanceDatabase, entry: UUID, table: str
) -> None:
    columns = {"journal_line": "line_text", "posting_transition": "detail", "batch_outcome": "reason"}
    column = columns.get(table, "state")
    for statement in (f"delete from {table}", f"update {table} set {column} = null", f"truncate {table}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), finance.transaction() as connection:
            connection.execute(statement)


def test_entries_with_many_lines_are_added_up_once_each_not_once_per_line(
    postgres: EmbeddedPostgres, finance: FinanceDatabase, entry: UUID
) -> None:
    with postgres.admin(finance.dsn.rsplit("/", 1)[1]) as admin:
        admin.execute("set track_functions = 'pl'")  # which only a superuser may
        with admin.transaction():
            for _ in range(10):
                add_entry(admin, [1, -1] * 5000)
        admin.execute("select pg_stat_force_next_flush()")
        rows = admin.execute(
            "select funcname, calls from pg_stat_user_functions where schemaname = 'tieout'"
        ).fetchall()
    # Of each entry: its header, and its one insert of lines.
    audited = {"audit_journal_entry": 20, "seal_audit": 10}
    lock = {"lock_entry_insert": 10, "share_periods": 20}
    assert dict(rows) == {"touch_entries": 10, "check_balance": 20} | audited | lock


@pytest.mark.parametrize("kind", ["rows", "columns"])
def test_what_it_cannot_do_now_is_told_in_its_own_words_with_the_cure(finance: FinanceDatabase, kind: str) -> None:
    statement = """-- of a statement of many lines, none is in the way of the words
        do $$ begin
            raise exception using errcode = '40001', message = 'could not serialize access';
        end $$"""

    def run() -> None:
        if kind == "rows":
            with finance.transaction() as connection:
                connection.execute(statement)
        else:
            with finance.columns() as connection, connection.cursor() as cursor:
                cursor.execute(statement)

    with pytest.raises(SystemUnreachableError) as raised:
        run()
    assert str(raised.value) == (
        "Connection finance_db: the database says: could not serialize access. Cure: another transaction was in the way; "
        "nothing of this one was written, and it is tried again by itself."
    )
