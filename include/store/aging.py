"""What the finance database has for open items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from include.store.database import Connection, Row

_SQL = Path(__file__).parent / "sql" / "aging"


def aging_query(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """The rows of a query in `sql/aging`, named for its output."""
    query: Any = (_SQL / f"{name}.sql").read_bytes()
    return connection.execute(query, parameters).fetchall()
