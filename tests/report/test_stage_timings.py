"""Each try of a stage leaves a row: when it began and ended by the database's clock, how it ended, how much it went through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from include.finance.errors import LeaseHeldError, SystemUnreachableError
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from include.store.timings import timed_stage

NIGHT = datetime(2026, 2, 1, 6, tzinfo=UTC)


def rows(finance: FinanceDatabase) -> list[dict[str, Any]]:
    with finance.transaction() as connection:
        return connection.execute("select * from stage_timing order by started_at").fetchall()


def test_a_stage_that_ends_well_says_how_much_it_went_through(finance: FinanceDatabase) -> None:
    with timed_stage(finance, NIGHT, "night", "extract", "billing") as count:
        [begun] = rows(finance)
        count.row_count = 7
    assert (begun["outcome"], begun["ended_at"]) == ("running", None)
    [row] = rows(finance)
    assert (row["stage"], row["subject"], row["outcome"], row["row_count"]) == ("extract", "billing", "done", 7)
    assert row["read_instant"] == NIGHT
    assert row["ended_at"] > row["started_at"]


def test_a_stage_that_fails_is_kept_with_its_error_and_the_error_goes_on(finance: FinanceDatabase) -> None:
    with pytest.raises(LeaseHeldError), timed_stage(finance, NIGHT, "night", "post", "US"):
        raise LeaseHeldError("another worker is at it")
    with timed_stage(finance, NIGHT, "night", "post", "US"):
        pass
    assert [(row["outcome"], row["error"]) for row in rows(finance)] == [
        ("failed", "LeaseHeldError: another worker is at it"),
        ("done", None),
    ]


def test_a_database_that_is_away_does_not_hide_what_the_stage_itself_says() -> None:
    away = FinanceDatabase("postgresql://nobody@127.0.0.1:1/finance")
    with (
        pytest.raises(SystemUnreachableError, match="billing"),
        timed_stage(away, NIGHT, "night", "extract", "billing"),
    ):
        raise SystemUnreachableError("billing does not answer")


def test_the_auditor_reads_timings_and_changes_none(postgres: EmbeddedPostgres, finance: FinanceDatabase) -> None:
    with timed_stage(finance, NIGHT, "night", "plan"):
        pass
    auditor = FinanceDatabase(postgres.dsn("auditor", finance.dsn.rsplit("/", 1)[1].split("?")[0]))
    assert len(rows(auditor)) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege), auditor.transaction() as connection:
        connection.execute("update stage_timing set row_count = 0")
