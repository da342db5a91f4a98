"""Recognition runs in the finance database: where a source stands, and the one commit of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.store.database import FinanceDatabase
from include.store.run_commits import RunHeader as RunOfBatch
from include.store.run_commits import RunKind, commit_batch_of_run

FULL_STATE, CHANGED_STATE = "recognition_state", "recognition_changes"
_RUNS = """
select batch_no, read_instant, manifest from batch where source_code = %s and kind = 'recognition' order by batch_no
"""
_ACCOUNTED = """
select b.batch_no, b.manifest
from batch as b
join source_stream as s on s.source_code = b.source_code
where b.source_code = %s and b.kind in ('night', 'reclassify', 'reverse_entry') and b.batch_no > coalesce(s.schedules_through_batch_no, 0)
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
_KIND = RunKind(
    "recognition",
    "select recognised_batch_no from tieout.source_stream where source_code = $1 for update",
    ("new_entry", "new_line", "new_netted", "new_balance", "new_through", "new_undone", "new_late"),
    ("recognise/batch",),
    ("commit/05_netted", "recognise/through", "recognise/undone", "recognise/stream", "commit/14_out_of_period"),
)


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

    `runs` are all committed ones, oldest first; `accounted` the nights, reclassifications and reversals whose schedules no run has read. `undone` are
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
class RunHeader(RunOfBatch):
    """What a run of recognition says about itself. `accounted_no` is the last night it has read."""

    accounted_no: int = 0


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

    Raises what `commit_batch_of_run` raises.
    """
    commit_batch_of_run(database, _KIND, header, {"accounted_no": header.accounted_no}, rows)


def _run(row: Mapping[str, Any]) -> CommittedRun:
    return CommittedRun(row["batch_no"], tuple(manifest_from_json(row["manifest"])), row.get("read_instant"))
