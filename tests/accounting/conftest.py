"""Companies for the tests of accounting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg import sql

from include.evidence import document_names
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.accounting.company import Company, open_periods


@pytest.fixture(scope="session")
def shared_books(postgres: EmbeddedPostgres, finance_template: str) -> Iterator[FinanceDatabase]:
    """A finance database for all tests that leave its periods open; each test is a source of its own there."""
    name = "finance_shared"
    postgres.drop_database(name)
    postgres.create_database(name, "finance_owner", finance_template)
    with postgres.admin() as connection:
        connection.execute(sql.SQL("grant temporary on database {} to finance_writer").format(sql.Identifier(name)))
    database = FinanceDatabase(postgres.dsn("finance_writer", name))
    open_periods(database)
    yield database
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def module_books(postgres: EmbeddedPostgres, finance_template: str) -> Iterator[FinanceDatabase]:
    """A finance database for the tests of one file, with exchange rates of its own."""
    name = f"finance_{uuid4().hex[:8]}"
    postgres.create_database(name, "finance_owner", finance_template)
    with postgres.admin() as connection:
        connection.execute(sql.SQL("grant temporary on database {} to finance_writer").format(sql.Identifier(name)))
    database = FinanceDatabase(postgres.dsn("finance_writer", name))
    open_periods(database)
    yield database
    postgres.drop_database(name)


@pytest.fixture
def one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """All documents in one bucket of evidence: a night of three documents then takes a third of the time.

    The tests of convergence, of races and of volume keep the eight buckets.
    """
    put_in_one_bucket(monkeypatch)


def put_in_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the fixture, for as long as the patch lasts."""
    in_eight = document_names.read_sql

    def in_one(name: str) -> str:
        macro = "create or replace temp macro document_bucket(uid) as (0::tinyint);"
        return in_eight(name) + (macro if name == "document_uid" else "")

    monkeypatch.setattr(document_names, "read_sql", in_one)


@pytest.fixture
def company(shared_books: FinanceDatabase, tmp_path: Path, one_bucket: None) -> Company:
    """A company whose ERP has the months of 2025 to 2027 open; it leaves them so."""
    return Company(shared_books, tmp_path, f"billing-{uuid4().hex[:8]}")


@pytest.fixture
def own_company(finance: FinanceDatabase, tmp_path: Path, one_bucket: None) -> Company:
    """A company with a finance database of its own, whose periods a test may close."""
    open_periods(finance)
    return Company(finance, tmp_path)
