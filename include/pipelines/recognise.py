"""Recognise what the ended periods of a source's legal entities have earned: once per line and day, whatever runs again.

A run reads the schedules of the nights accounted since the last one, and what the runs before left in evidence; it writes
what every line has now, and commits the summed journal entries at once. Dying before the commit leaves an attempt that is
given up later; two runs at once: the second finds that the first has committed, and begins anew from there.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID, uuid4, uuid5

import pyarrow as pa
import pyarrow.parquet as pq

from include.evidence.manifest import EvidenceFile, manifest_to_json
from include.evidence.store import EvidenceStore
from include.finance.errors import GenerationMovedError, UnknownNameError
from include.finance.journal import JournalCategory
from include.pipelines.account import PERIODS, AccountingDesk, settings_of
from include.pipelines.recognition_facts import FACTS, write_facts
from include.ports.canonical import BUCKETS
from include.store import streams
from include.store.recognitions import CommittedRun, RecognitionStanding, RunHeader, commit_run, read_standing
from include.store.register import open_register
from include.subledger.recognition import THROUGH, BucketFiles, RecognitionEngine, RunSettings
from include.subledger.workspace import Workspace

_BATCHES = UUID("b5a4b0de-38f5-5a0e-8d55-6c39a1f1a7d2")
_TRIES = 5
_ROWS = {
    "new_entry": "journal_entry_rows",
    "new_line": "journal_line_rows",
    "new_netted": "recognition/netted_amounts",
    "new_balance": "recognition/balance_rows",
    "new_through": "recognition/through_rows",
    "new_undone": "recognition/undone_rows",
    "new_late": "recognition/late_rows",
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a run came to; `batch_id` is None where there was nothing to recognise."""

    batch_id: UUID | None
    line_count: int = 0
    entry_count: int = 0


def recognise_source(
    desk: AccountingDesk, source_code: str, read_instant: datetime, periods: Sequence[str] = ()
) -> Recognised:
    """Recognise the periods that have ended at `read_instant`, and open ones that are asked for by name. Safe to repeat.

    Raises UnknownNameError for a period that is not open or has not begun, ConfigurationError where no posting rule fits,
    EvidenceError when files are lost or cannot be written, SystemUnreachableError.
    """
    for _ in range(_TRIES):
        try:
            return _recognise_once(desk, source_code, read_instant, periods)
        except GenerationMovedError:
            continue
    raise GenerationMovedError(
        f"Source {source_code}: other runs of recognition committed {_TRIES} times while this one was at work; run it again."
    )


def _recognise_once(
    desk: AccountingDesk, source_code: str, read_instant: datetime, periods: Sequence[str]
) -> Recognised:
    standing = read_standing(desk.database, source_code)
    if not standing.runs and not any(run.of("schedules") for run in standing.accounted):
        return Recognised(None)
    attempt_id = uuid4()
    folder = f"{source_code}/recognition/{attempt_id}"
    scratch = Path(mkdtemp(prefix="recognise-", dir=desk.scratch))
    try:
        with Workspace(scratch) as workspace, open_register(desk.database) as register:
            known = register.periods(JournalCategory.RECOGNITION)
            _require_open(known, periods, read_instant.date())
            batch_id = uuid5(_BATCHES, str(attempt_id))
            settings = settings_of(desk, register, known, source_code, batch_id, read_instant)
            run = run_settings(standing, attempt_id, periods)
            engine = RecognitionEngine(workspace, settings, run)
            work = RunWork(desk.evidence, standing, engine)
            if not work.is_needed():
                return Recognised(None)
            _open(desk, source_code, read_instant, attempt_id, folder)
            written = work.run(scratch)
            write_facts(scratch / "facts.parquet", standing, run)
            pq.write_table(known, scratch / "periods.parquet")
            written += [(FACTS, 0, scratch / "facts.parquet"), (PERIODS, 0, scratch / "periods.parquet")]
            files = desk.evidence.put_all(written, folder)
            desk.evidence.verify(files)
            header = RunHeader(
                engine.settings.batch_id,
                attempt_id,
                source_code,
                standing.last_batch_no,
                desk.configuration.sha256,
                desk.configuration.files,
                desk.code_version,
                manifest_to_json(files),
                max((run.batch_no for run in standing.accounted), default=0),
            )
            commit_run(desk.database, header, lambda name: engine.result(_ROWS[name]))
            entry_count = engine.result("journal_entry_rows").num_rows
            return Recognised(header.id, engine.changed_lines, entry_count)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def run_settings(standing: RecognitionStanding, attempt_id: UUID, periods: Sequence[str]) -> RunSettings:
    """Where a run stands among those before it, and which open periods it is asked for."""
    return RunSettings(
        run_no=len(standing.runs) + 1,
        run_id=attempt_id,
        full_run=standing.full_run,
        through=pa.Table.from_pylist(list(standing.through), THROUGH),
        asked_periods=periods,
        undone=standing.undone,
        newly_undone=standing.newly_undone,
    )


def _require_open(known: pa.Table, periods: Sequence[str], today: date) -> None:
    named = [row for row in known.to_pylist() if row["period_name"] in periods]
    for name in periods:
        if not any(row["period_name"] == name and row["is_open"] and row["start_date"] <= today for row in named):
            raise UnknownNameError(
                f"Period {name} is not open for any legal entity, or has not begun: only an open period can be recognised. "
                "Look at erp_period, or reopen it in the ERP."
            )


def _open(desk: AccountingDesk, source_code: str, read_instant: datetime, attempt_id: UUID, folder: str) -> None:
    attempt = streams.Attempt(attempt_id, source_code, "recognition", read_instant, 0, 0, folder)
    with desk.database.transaction() as connection:
        streams.abandon_stale_attempts(connection, source_code)
    streams.open_attempt(desk.database, attempt)


@dataclass(frozen=True, slots=True)
class RunWork:
    """One run: which files each bucket needs, and whether anything is to be done."""

    evidence: EvidenceStore
    standing: RecognitionStanding
    engine: RecognitionEngine

    def is_needed(self) -> bool:
        """Begin, and say whether schedules changed, entries were given up, or a period has ended."""
        groups = self.standing.runs[-1].of("recognition_groups") if self.standing.runs else []
        schedules = [file for run in self.standing.accounted for file in run.of("schedules")]
        self.evidence.verify([*groups, *schedules])
        self.engine.begin(self.evidence.fetch(groups), self.evidence.fetch(schedules))
        return bool(schedules or self.standing.newly_undone or self.engine.new_days())

    def run(self, scratch: Path) -> list[tuple[str, int, Path]]:
        """All files that the run writes, below `scratch`."""
        is_full = self.engine.new_days() > 0
        state, earlier = self.standing.state_files(), self._earlier()
        for bucket in range(BUCKETS):
            files = BucketFiles(
                [(run.batch_no, self._fetch(run.of("schedules", bucket))) for run in self.standing.accounted],
                self._fetch([file for file in state if file.bucket == bucket]),
                [
                    (self._fetch(run.of("recognised_amounts", bucket)), self._fetch(run.of("recognition_legs")))
                    for run in earlier
                    if run.of("recognised_amounts", bucket)
                ],
            )
            self.engine.recognise_bucket(bucket, files, scratch, is_full=is_full)
        return self.engine.summarise(scratch)

    def _earlier(self) -> list[CommittedRun]:
        """The runs that may have recognised something up to a day that this run looks at, or an entry given up since."""
        first = self.engine.earliest_day()
        undone = bool(self.standing.newly_undone)
        return [
            run
            for run in self.standing.runs
            if undone or first is None or run.read_instant is None or run.read_instant.date() >= first
        ]

    def _fetch(self, files: Sequence[EvidenceFile]) -> list[str]:
        self.evidence.verify(files)
        return self.evidence.fetch(files)
