"""What people were told, and the facts that they are told of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from include.finance.notice import Notice, NoticeKind
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


def keep_waiting(database: FinanceDatabase, channel: str, notices: Iterable[Notice]) -> None:
    """A channel could not be told of these; it is with the next occasion."""
    with database.transaction() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into notice_waiting (channel, kind, legal_entity_code, text) values (%s, %s, %s, %s)",
            [(channel, each.kind, each.legal_entity_code, each.text) for each in notices],
        )


def waiting_notices(database: FinanceDatabase, channel: str) -> list[tuple[int, Notice]]:
    """What a channel has not been told yet, the oldest first, each with its number; the text says of when it is."""
    with database.transaction() as connection:
        rows = connection.execute(
            "select * from notice_waiting where channel = %s and told_at is null order by id", (channel,)
        ).fetchall()
    return [
        (
            row["id"],
            Notice(
                NoticeKind(row["kind"]),
                row["legal_entity_code"],
                f"({row['noted_at'].astimezone(UTC):%Y-%m-%d %H:%M} UTC) {row['text']}",
            ),
        )
        for row in rows
    ]


def no_longer_waiting(database: FinanceDatabase, ids: Sequence[int]) -> None:
    """These have been told."""
    with database.transaction() as connection:
        connection.execute(
            "update notice_waiting set told_at = clock_timestamp() where id = any(%s) and told_at is null", (list(ids),)
        )


def notice_rows(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """The rows of a query in `sql/notices`, named for what it finds."""
    query: Any = (_SQL / f"{name}.sql").read_bytes()
    return connection.execute(query, parameters).fetchall()
