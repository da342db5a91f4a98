"""What people were told, and the facts that they are told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from include.store.database import Connection, FinanceDatabase, Row

_SQL = Path(__file__).with_name("sql") / "notices"


def was_told(database: FinanceDatabase, channel: str, sha256: str) -> bool:
    """Whether a channel has had exactly this message."""
    with database.transaction() as connection:
        found = connection.execute(
            "select from notification where channel = %s and message_sha256 = %s", (channel, sha256)
        )
        return found.fetchone() is not None


def note_told(database: FinanceDatabase, channel: str, sha256: str, subject: str) -> None:
    """A channel has it now."""
    with database.transaction() as connection:
        connection.execute(
            "insert into notification (channel, message_sha256, subject) values (%s, %s, %s) on conflict do nothing",
            (channel, sha256, subject),
        )


def notice_rows(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """The rows of a query in `sql/notices`, named for what it finds."""
    query: Any = (_SQL / f"{name}.sql").read_bytes()
    return connection.execute(query, parameters).fetchall()
