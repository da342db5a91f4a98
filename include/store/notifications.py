"""What people were told, and the facts that they are told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from include.store.database import Connection, FinanceDatabase, Row

_SQL = Path(__file__).with_name("sql") / "notices"


_NEWEST = "select message_sha256 from notification where channel = %s and subject = %s order by id desc limit 1"


def last_told(database: FinanceDatabase, channel: str, subject: str) -> str | None:
    """What a channel was told last under a subject, by its SHA-256; empty where there was nothing to tell, None where never."""
    with database.transaction() as connection:
        row = connection.execute(_NEWEST, (channel, subject)).fetchone()
    return str(row["message_sha256"]) if row else None


def note_told(database: FinanceDatabase, channel: str, subject: str, sha256: str) -> None:
    """A channel has it now; an empty `sha256`: there is nothing to tell any more."""
    with database.transaction() as connection:
        connection.execute(
            "insert into notification (channel, subject, message_sha256) values (%s, %s, %s)",
            (channel, subject, sha256),
        )


def notice_rows(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """The rows of a query in `sql/notices`, named for what it finds."""
    query: Any = (_SQL / f"{name}.sql").read_bytes()
    return connection.execute(query, parameters).fetchall()
