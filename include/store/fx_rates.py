"""Exchange rates on file: versions are added, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from include.finance.fx import FxRate
from include.store.database import FinanceDatabase

_LOAD = Path(__file__).with_name("sql") / "fx_load.sql"
_COLUMNS = ("source", "base", "quote", "date", "rate", "purpose")
_LOCK = 7_411_002  # one load at a time


@dataclass(frozen=True, slots=True)
class RatesAdded:
    """What a load came to: rates not known before, rates that correct a published one, and those on file already."""

    new_count: int
    corrected_count: int
    unchanged_count: int


def add_rates(database: FinanceDatabase, rates: Sequence[FxRate], *, origin: str, loaded_by: str) -> RatesAdded:
    """Add what is not on file yet, in one transaction; loading the same rates again adds nothing."""
    with database.transaction() as connection:
        # Two loads at once would choose the same version: one waits for the other.
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        rows = connection.execute(
            _LOAD.read_text(encoding="utf-8").encode(),
            {
                "origin": origin,
                "loaded_by": loaded_by,
                "sources": [rate.source for rate in rates],
                "bases": [rate.base for rate in rates],
                "quotes": [rate.quote for rate in rates],
                "purposes": [str(rate.purpose) for rate in rates],
                "dates": [rate.rate_date for rate in rates],
                "rates": [rate.rate for rate in rates],
            },
        ).fetchall()
    new = sum(row["version"] == 1 for row in rows)
    return RatesAdded(new, len(rows) - new, len(rates) - len(rows))


def rows_of_table(database: FinanceDatabase, table: str) -> Iterator[Mapping[str, str | None]]:
    """The rows of a table or view of the finance database with the columns source, base, quote, date, rate, purpose.

    `table` is its name with its schema (treasury.rates). Values come as text.
    """
    columns = sql.SQL(", ").join(sql.SQL("{0}::text as {0}").format(sql.Identifier(name)) for name in _COLUMNS)
    query = sql.SQL("select {} from {}").format(columns, sql.Identifier(*table.split(".")))
    with database.transaction() as connection:
        yield from connection.execute(query).fetchall()
