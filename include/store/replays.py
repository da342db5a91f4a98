"""Replays: which exceptions are tried again, and the word that asked for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from include.store.database import Connection, FinanceDatabase, Row

_CHOSEN = Path(__file__).with_name("sql") / "replay_chosen.sql"
_MARK = """
update exception set replay_at = %(at)s, replay_by = %(by)s, replay_reason = %(reason)s where id = any(%(ids)s)
"""
# Most are on the list already: what is quarantined or waits is read again by every night.
_READ_AGAIN = """
insert into document_retry (document_uid, source_code, document_type, native_id, reason, batch_no)
select distinct on (x.subject_uid) x.subject_uid, x.source_code, x.subject_type, x.subject_id, 'replay', x.last_batch_no
from exception as x
where x.id = any(%(ids)s) and x.subject_type <> 'journal_entry' and x.rule <> 'deleted_after_accounting'
order by x.subject_uid
on conflict (document_uid) do nothing
"""
_STANDING = "select count(*) as n from exception where state = 'open' and replay_at = %s"


@dataclass(frozen=True, slots=True)
class ReplayAsked:
    """Which exceptions to try again; an empty choice takes all. Documents are written `invoice:ID`."""

    legal_entities: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a replay is about: how many exceptions, marked by its instant; the sources of their documents; refused entries."""

    at: datetime
    exception_count: int
    sources: tuple[str, ...]
    rejected: tuple[str, ...]


def mark_replay(
    connection: Connection, asked: ReplayAsked, document_types: Collection[str], *, at: datetime, by: str, reason: str
) -> Chosen:
    """Choose what is tried again, have its documents read again, and write down who asked for it."""
    query: Any = _CHOSEN.read_bytes()
    rows: Sequence[Row] = connection.execute(
        query,
        {
            "entities": list(asked.legal_entities),
            "categories": list(asked.categories),
            "documents": list(asked.documents),
            "document_types": sorted(document_types),
        },
    ).fetchall()
    ids = [row["id"] for row in rows]
    connection.execute(_READ_AGAIN, {"ids": ids})
    connection.execute(_MARK, {"ids": ids, "at": at, "by": by, "reason": reason})
    return Chosen(
        at,
        len(ids),
        tuple(sorted({row["source_code"] for row in rows if row["reference"] is None})),
        tuple(sorted({row["reference"] for row in rows if row["is_rejected"]})),
    )


def standing_count(database: FinanceDatabase, at: datetime) -> int:
    """How many exceptions of a replay still stand."""
    with database.transaction() as connection:
        row = connection.execute(_STANDING, (at,)).fetchone()
    return int(row["n"]) if row else 0
