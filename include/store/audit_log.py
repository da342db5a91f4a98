"""The audit log in the finance database: words that only the application knows, and the walk along its chain.

All else stands there by itself: triggers log each change in the transaction that makes it (migration 0023).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from include.store.database import Connection, FinanceDatabase, Row

_SQL = Path(__file__).with_name("sql") / "audit"
_STRETCH = 20_000  # links that are looked at together: what one question may hold in memory
_NOTE = "insert into audit_log (action, subject_type, subject_id, before, after) values (%s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last link of the chain: how many links there are, its hash, and when its row was written."""

    seq: int
    sha256: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A place where the log is not what was sealed: the link's number (for a row without one: where it would be), subject, fact."""

    seq: int
    subject: str
    fact: str

    def __str__(self) -> str:
        return f"link {self.seq}, {self.subject}: {self.fact}"


def note(
    connection: Connection,
    action: str,
    subject_type: str,
    subject_id: str,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> None:
    """Log what no table shows, in the caller's transaction: who says so comes from the connection."""
    connection.execute(
        _NOTE, (action, subject_type, subject_id, None if before is None else Jsonb(dict(before)), Jsonb(dict(after)))
    )


@contextmanager
def reading(database: FinanceDatabase) -> Iterator[Connection]:
    """One snapshot of the log, for reading: what is committed meanwhile is not in it."""
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        yield connection


def database_name(connection: Connection) -> str:
    """The name of the database that the log is in."""
    row = connection.execute("select current_database() as name").fetchone()
    assert row is not None
    return str(row["name"])


def chain_head(connection: Connection) -> ChainHead | None:
    """The last link; None while nothing is logged."""
    row = connection.execute(_text("head")).fetchone()
    return ChainHead(row["seq"], bytes(row["hash"]).hex(), row["at"]) if row else None


def link_sha256(connection: Connection, seq: int) -> str | None:
    """The hash of a link; None when there is none of this number."""
    row = connection.execute("select hash from audit_chain where seq = %s", (seq,)).fetchone()
    return bytes(row["hash"]).hex() if row else None


def broken_links(connection: Connection, limit: int) -> list[BrokenLink]:
    """The first places at which log and chain do not fit, in the order of the chain; rows without a link come last."""
    found: list[BrokenLink] = []
    head = chain_head(connection)
    for first in range(1, head.seq + 1 if head else 0, _STRETCH):
        asked = {"first": first, "last": first + _STRETCH - 1, "limit": limit - len(found)}
        found += [_broken(connection, row) for row in connection.execute(_text("faults"), asked).fetchall()]
        if len(found) >= limit:
            return found
    rows = connection.execute(_text("unlinked"), {"limit": limit - len(found)}).fetchall()
    return found + [_unlinked(row) for row in rows]


def _broken(connection: Connection, row: Row) -> BrokenLink:
    seq, subject = row["seq"], row["subject"]
    if not row["is_gapless"]:
        first, last = row["previous_seq"] + 1, seq - 1
        gone = f"link {first} is" if first == last else f"links {first} to {last} are"
        return BrokenLink(first, f"before {subject}", f"{gone} gone; row {row['log_id']} of link {seq} comes next")
    if not row["has_row"]:
        return BrokenLink(seq, subject, f"its row {row['log_id']} was deleted from audit_log")
    if not row["is_unchanged"]:
        return BrokenLink(seq, subject, _changed(connection, row))
    return BrokenLink(seq, subject, "the link itself was changed, or one before it was taken out or put in")


def _changed(connection: Connection, row: Row) -> str:
    swapped = connection.execute(_text("belongs_to"), {"log_id": row["log_id"]}).fetchone()
    if swapped:
        return f"row {row['log_id']} holds what link {swapped['seq']} ({swapped['subject']}) sealed: rows were swapped"
    return f"row {row['log_id']} was changed after it was sealed; it says now: {_said(row, row['found_subject'])}"


def _unlinked(row: Row) -> BrokenLink:
    fact = f"row {row['log_id']} has no link: it was put in past the triggers. It says: {_said(row, row['subject'])}"
    return BrokenLink((row["after_seq"] or 0) + 1, row["subject"], fact)


def _said(row: Row, subject: str) -> str:
    at: datetime = row["at"]
    by = " for ".join(name for name in (row["actor"], row["person"]) if name)
    return f"{subject} {row['action']} at {at.isoformat(timespec='seconds')} by {by} as {row['db_role']}"


def _text(name: str) -> bytes:
    return (_SQL / f"{name}.sql").read_bytes()
