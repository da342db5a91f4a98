"""A finance database of one's own is migrated by one command, which names what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from psycopg.conninfo import make_conninfo

from include.finance.errors import ConfigurationError, SystemUnreachableError
from include.sample.postgres import EmbeddedPostgres
from include.store import migrate
from include.store.database import FinanceDatabase


@pytest.fixture
def owner(postgres: EmbeddedPostgres) -> Iterator[FinanceDatabase]:
    name = f"own_{uuid4().hex[:12]}"
    postgres.create_database(name, "finance_owner")
    yield FinanceDatabase(postgres.dsn("finance_owner", name), "finance_db_owner")
    postgres.drop_database(name)


def test_an_empty_database_gets_the_schema_and_a_second_time_changes_nothing(owner: FinanceDatabase) -> None:
    migrate.migrate_checked(owner)
    migrate.migrate_checked(owner)
    with owner.transaction() as connection:
        assert connection.execute(
            "select has_table_privilege('finance_writer', 'batch', 'insert') as may"
        ).fetchone() == {"may": True}


def test_a_missing_role_is_named_before_anything_is_changed(
    owner: FinanceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_ROLES", ("finance_writer", "nobody_of_this_name"))
    with pytest.raises(ConfigurationError, match=r"no role nobody_of_this_name.*Create it"):
        migrate.migrate_checked(owner)
    with owner.transaction() as connection:
        assert connection.execute("select to_regclass('tieout.batch') as found").fetchone() == {"found": None}


def test_a_database_that_does_not_answer_is_named(owner: FinanceDatabase) -> None:
    with pytest.raises(SystemUnreachableError, match="finance_db_owner"):
        migrate.migrate_checked(replace(owner, dsn=make_conninfo(owner.dsn, port=1)))
