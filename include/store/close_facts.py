"""What the finance database has for the close of a period."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from include.finance.close_package import JournalLine
from include.store.database import Connection, Row

_SQL = Path(__file__).parent / "sql" / "close"
_FETCHED = 5000  # rows at a time: a month of any size goes through


def close_query(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """The rows of a query in `sql/close`, named for its output."""
    query: Any = (_SQL / f"{name}.sql").read_bytes()
    return connection.execute(query, parameters).fetchall()


def journal_lines(connection: Connection, legal_entity_code: str, period_name: str) -> Iterator[JournalLine]:
    """The lines of all posted entries of a period, one after the other, in the order of the journal."""
    with connection.cursor("close_journal_lines") as cursor:
        cursor.itersize = _FETCHED
        query: Any = (_SQL / "journal_lines.sql").read_bytes()
        cursor.execute(query, {"entity": legal_entity_code, "period": period_name})
        for row in cursor:
            yield JournalLine(**row)
