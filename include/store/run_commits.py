"""The one commit of a run that is no night: recognition or revaluation, of one source, continuing the run before it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from include.finance.errors import EvidenceError, GenerationMovedError, SystemUnreachableError
from include.store.database import FinanceDatabase, is_period_locked
from include.store.register import is_committed

_SQL = Path(__file__).with_name("sql")
# The steps of accounting's commit that a run shares.
_SHARED = ("04_entry", "05_line", "06_transition", "13_attempt", "14_control_balance")


@dataclass(frozen=True, slots=True)
class RunKind:
    """What tells the kinds apart: `stands_query` asks for the last run of a source and locks it.

    `tables` are what the run hands over; of the files in sql/, `before` run before they are there, `after` after the
    entries are in place.
    """

    word: str
    stands_query: str
    tables: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunHeader:
    """What a run says about itself. `last_batch_no` is the run it continues."""

    id: UUID
    attempt_id: UUID
    source_code: str
    last_batch_no: int | None
    rule_set_sha256: str
    rule_set_files: Mapping[str, str]
    code_version: str
    manifest: Sequence[Mapping[str, object]]


def commit_batch_of_run(
    database: FinanceDatabase,
    kind: RunKind,
    header: RunHeader,
    further: Mapping[str, int],
    rows: Callable[[str], pa.Table],
) -> None:
    """Commit everything of a run in one transaction, or nothing. `rows` gives the tables by name, `further` is of its kind.

    Raises GenerationMovedError when another run of the source committed since this one read where it stood, EvidenceError
    when the attempt was given up meanwhile. After a lost connection the batch is looked up before anything is concluded.
    """
    try:
        with database.columns() as connection, connection.cursor() as cursor:
            _require_standing(cursor, kind, header)
            cursor.adbc_ingest("new_batch", _header_row(header, further), mode="create", temporary=True)
            for step in kind.before:
                cursor.execute(_text(step))
            for name in kind.tables:
                cursor.adbc_ingest(name, rows(name), mode="create", temporary=True)
            for step in (*(f"commit/{name}" for name in _SHARED), *kind.after, "commit/15_rule_set"):
                cursor.execute(_text(step))
            connection.commit()
    except (adbc.Error, SystemUnreachableError) as error:
        if is_committed(database, header.attempt_id):
            return
        if is_period_locked(error):
            raise GenerationMovedError(
                f"Source {header.source_code}: a period was locked during {kind.word}; it is done again, into periods that are open. "
                f"The database said: {error}"
            ) from error
        if isinstance(error, SystemUnreachableError):
            raise SystemUnreachableError(
                f"What came of {kind.word} of source {header.source_code} was not committed, as the database says; nothing was booked. {error}"
            ) from error
        raise


def _require_standing(cursor: Any, kind: RunKind, header: RunHeader) -> None:
    cursor.execute(kind.stands_query, (header.source_code,))
    row = cursor.fetchone()
    if row is None or row[0] != header.last_batch_no:
        raise GenerationMovedError(
            f"Source {header.source_code}: another run of {kind.word} committed since this one read where it stood; it is "
            "done again from there."
        )
    cursor.execute("select state from tieout.attempt where id = $1::uuid for update", (str(header.attempt_id),))
    row = cursor.fetchone()
    if row is None or row[0] == "abandoned":
        raise EvidenceError(
            f"Attempt {header.attempt_id} at {kind.word} of source {header.source_code} was given up meanwhile; run it again. "
            "Nothing was booked."
        )


def _header_row(header: RunHeader, further: Mapping[str, int]) -> pa.Table:
    return pa.table(
        {
            "id": [str(header.id)],
            "attempt_id": [str(header.attempt_id)],
            "source_code": [header.source_code],
            "rule_set_sha256": [header.rule_set_sha256],
            "rule_set_files": [json.dumps(dict(header.rule_set_files))],
            "code_version": [header.code_version],
            "manifest": [json.dumps(list(header.manifest))],
            **{name: pa.array([value], pa.int64()) for name, value in further.items()},
        }
    )


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")
