"""Recognition runs in the finance database: where a source stands, and the one commit of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.finance.errors import EvidenceError, GenerationMovedError, SystemUnreachableError
from include.store.database import FinanceDatabase
from include.store.register import is_committed

FULL_STATE, CHANGED_STATE = "recognition_state", "recognition_changes"
_SQL = Path(__file__).with_name("sql")
_RUNS = """
select batch_no, read_instant, manifest from batch where source_code = %s and kind = 'recognition' order by batch_no
"""
_ACCOUNTED = """
select b.batch_no, b.manifest
from batch as b
join source_stream as s on s.source_code = b.source_code
where b.source_code = %s and b.kind in ('night', 'reclassify') and b.batch_no > coalesce(s.schedules_through_batch_no, 0)
order by b.batch_no
"""
_UNDONE = """
select e.id::text as id, u.journal_entry_id is null as is_new
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
left join recognition_undone as u on u.journal_entry_id = e.id
where b.source_code = %s and b.kind = 'recognition' and e.state = 'superseded'
order by 1
"""
_THROUGH = "select legal_entity_code, through_date from recognised_through where source_code = %s order by 1"
# The steps of accounting's commit that a run shares.
_SHARED = ("04_entry", "05_line", "06_transition", "13_attempt", "14_control_balance")


@dataclass(frozen=True, slots=True)
class CommittedRun:
    """A batch and its evidence: a recognition run, or a night of accounting."""

    batch_no: int
    files: tuple[EvidenceFile, ...]
    read_instant: datetime | None = None

    def of(self, dataset: str, bucket: int | None = None) -> list[EvidenceFile]:
        """Its files of one dataset, of one bucket or of all."""
        return [file for file in self.files if file.dataset == dataset and bucket in (None, file.bucket)]


@dataclass(frozen=True, slots=True)
class RecognitionStanding:
    """Where recognition of a source stands.

    `runs` are all committed ones, oldest first; `accounted` the nights and reclassifications whose schedules no run has read. `undone` are
    the entries of runs that were given up before they were posted, `newly_undone` those that no run has seen so.
    """

    runs: tuple[CommittedRun, ...]
    accounted: tuple[CommittedRun, ...]
    through: tuple[Mapping[str, Any], ...]
    undone: tuple[str, ...]
    newly_undone: tuple[str, ...]

    @property
    def last_batch_no(self) -> int | None:
        """The batch of the last run, to be handed back at the commit."""
        return self.runs[-1].batch_no if self.runs else None

    @property
    def full_run(self) -> int:
        """The newest run that wrote the state of every line, counted from 1; 0 if none did."""
        return max((number for number, run in enumerate(self.runs, start=1) if run.of(FULL_STATE)), default=0)

    def state_files(self) -> list[EvidenceFile]:
        """The state of every line: of the newest run that wrote it whole, and what later ones changed."""
        runs = self.runs[max(self.full_run - 1, 0) :]
        return [file for run in runs for file in (*run.of(FULL_STATE), *run.of(CHANGED_STATE))]


@dataclass(frozen=True, slots=True)
class RunHeader:
    """What a run says about itself. `last_batch_no` is the run it continues, `accounted_no` the last night it has read."""

    id: UUID
    attempt_id: UUID
    source_code: str
    last_batch_no: int | None
    accounted_no: int
    rule_set_sha256: str
    rule_set_files: Mapping[str, str]
    code_version: str
    manifest: Sequence[Mapping[str, object]]


def read_standing(database: FinanceDatabase, source_code: str) -> RecognitionStanding:
    """Where a source stands, in one snapshot."""
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")

        def ask(query: str) -> list[Any]:
            return connection.execute(query, (source_code,)).fetchall()

        undone = ask(_UNDONE)
        return RecognitionStanding(
            tuple(_run(row) for row in ask(_RUNS)),
            tuple(_run(row) for row in ask(_ACCOUNTED)),
            tuple(ask(_THROUGH)),
            tuple(row["id"] for row in undone),
            tuple(row["id"] for row in undone if row["is_new"]),
        )


def commit_run(database: FinanceDatabase, header: RunHeader, rows: Callable[[str], pa.Table]) -> None:
    """Commit everything of a run in one transaction, or nothing. `rows` gives new_entry, new_line, new_balance, ...

    Raises GenerationMovedError when another run of the source committed since this one read where it stood, EvidenceError
    when the attempt was given up meanwhile. After a lost connection the batch is looked up before anything is concluded.
    """
    try:
        with database.columns() as connection, connection.cursor() as cursor:
            _require_standing(cursor, header)
            cursor.adbc_ingest("new_batch", _header_row(header), mode="create", temporary=True)
            cursor.execute(_text("recognise/batch"))
            for name in ("new_entry", "new_line", "new_balance", "new_through", "new_undone"):
                cursor.adbc_ingest(name, rows(name), mode="create", temporary=True)
            steps = [f"commit/{name}" for name in _SHARED] + [
                f"recognise/{name}" for name in ("through", "undone", "stream")
            ]
            steps.append("commit/15_rule_set")
            for step in steps:
                cursor.execute(_text(step))
            connection.commit()
    except adbc.Error as error:
        if is_committed(database, header.attempt_id):
            return
        if isinstance(error, adbc.OperationalError) and (error.sqlstate or "57").startswith("57"):
            raise SystemUnreachableError(
                f"Connection {database.name}: lost while recognition of source {header.source_code} was being committed, and "
                "the database says that it is not. Nothing was recognised; run it again."
            ) from error
        raise


def _run(row: Mapping[str, Any]) -> CommittedRun:
    return CommittedRun(row["batch_no"], tuple(manifest_from_json(row["manifest"])), row.get("read_instant"))


def _require_standing(cursor: Any, header: RunHeader) -> None:
    cursor.execute(
        "select recognised_batch_no from tieout.source_stream where source_code = $1 for update", (header.source_code,)
    )
    row = cursor.fetchone()
    if row is None or row[0] != header.last_batch_no:
        raise GenerationMovedError(
            f"Source {header.source_code}: another run of recognition committed since this one read where it stood; it is "
            "done again from there."
        )
    cursor.execute("select state from tieout.attempt where id = $1::uuid for update", (str(header.attempt_id),))
    row = cursor.fetchone()
    if row is None or row[0] == "abandoned":
        raise EvidenceError(
            f"Recognition attempt {header.attempt_id} of source {header.source_code} was given up meanwhile; run it again. "
            "Nothing was recognised."
        )


def _header_row(header: RunHeader) -> pa.Table:
    return pa.table(
        {
            "id": [str(header.id)],
            "attempt_id": [str(header.attempt_id)],
            "source_code": [header.source_code],
            "accounted_no": pa.array([header.accounted_no], pa.int64()),
            "rule_set_sha256": [header.rule_set_sha256],
            "rule_set_files": [json.dumps(dict(header.rule_set_files))],
            "code_version": [header.code_version],
            "manifest": [json.dumps(list(header.manifest))],
        }
    )


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")
