"""What the finance database has for the close of a period."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from include.store.database import Connection, Row

_SQL = Path(__file__).parent / "sql" / "close"


def close_query(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """The rows of a query in `sql/close`, named for its output."""
    query: Any = (_SQL / f"{name}.sql").read_bytes()
    return connection.execute(query, parameters).fetchall()
