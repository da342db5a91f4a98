"""How a batch of each kind is made again: a night, a run of recognition, a reclassification, a reversal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.finance.errors import EvidenceError
from include.pipelines.account import LATE_TOTALS, WITHHELD, AccountingDesk, run_engine, settings_of
from include.pipelines.reclassify_asked import Asked
from include.pipelines.reclassify_reckoning import EVENTS_DATASET
from include.pipelines.recognise import RunWork, run_settings
from include.pipelines.recognition_facts import FACTS, RunFacts
from include.pipelines.recorded import recorded_runs
from include.pipelines.reverse_reckoning import EVER
from include.pipelines.validate import FINDINGS_DATASET
from include.pipelines.whatif import days_of
from include.store.entry_reversals import reversals_of
from include.store.explain_facts import BatchFacts, all_batches, batches_of, given_up_before
from include.store.landed import read_landed
from include.store.past_register import PastRegister, open_past_register
from include.store.reclassifications import approvals_of
from include.store.recognitions import CommittedRun, RecognitionStanding
from include.subledger.engine import STORED, EngineSettings, SubledgerEngine
from include.subledger.recognition import BOOKED, GROUPS, STATE, RecognitionEngine
from include.subledger.recognition_moves import RecognitionMoves
from include.subledger.workspace import Workspace

_RUN = {
    **{name: shape for name, shape in BOOKED.items() if name not in STORED},
    "recognition_state": STATE,
    "recognition_changes": STATE,
    "recognition_groups": GROUPS,
}


@dataclass(slots=True)
class Again:
    """A batch that is being made again below `folder`: what it is compared by, and what came out."""

    desk: AccountingDesk
    batch: BatchFacts
    periods: pa.Table
    folder: Path
    compared: Mapping[str, pa.Schema] = field(default_factory=lambda: STORED)
    written: list[tuple[str, int, Path]] = field(default_factory=list)
    journals: list[tuple[pa.Table, pa.Table]] = field(default_factory=list)  # entries and their lines

    def stored(self, dataset: str) -> list[str]:
        """Local files of what the batch stored, compared with their digests."""
        files = [file for file in self.batch.files if file.dataset == dataset]
        self.desk.evidence.verify_content(files)
        return self.desk.evidence.fetch(files)

    def made(self, dataset: str) -> list[str]:
        """Local files of what came out this time."""
        return [str(path) for name, _, path in self.written if name == dataset]

    def settings(self, register: PastRegister) -> EngineSettings:
        """What an engine had to know."""
        batch = self.batch
        return settings_of(self.desk, register, self.periods, batch.source_code, batch.id, batch.read_instant)

    def take(self, engine: SubledgerEngine | RecognitionEngine | RecognitionMoves) -> None:
        """Keep the journals that an engine came to."""
        self.journals.append((engine.result("journal_entry_rows"), engine.result("journal_line_rows")))


def rebuild_night(again: Again) -> None:
    """Account again what a night landed."""
    _account(again)


def rebuild_reclassification(again: Again) -> None:
    """Book anew again the events that a reclassification booked anew, and move what it moved."""
    _account(again, lambda engine, events: engine.reopen(events))
    with again.desk.database.transaction() as connection:
        [approval] = approvals_of(connection, [again.batch.batch_no])
    asked = Asked.from_json(approval.asked)
    _move(again, lambda: days_of(again.periods, asked.first_period, asked.last_period))


def rebuild_reversal(again: Again) -> None:
    """Undo again the events that a person had reversed, and book them anew where that was approved."""
    with again.desk.database.transaction() as connection:
        [reversal] = reversals_of(connection, [again.batch.batch_no])
    _account(
        again,
        lambda engine, events: (
            engine.reopen(events, dates_anew=True) if reversal.is_rebooked else engine.withdraw(events)
        ),
    )
    _move(again, lambda: EVER)


def _move(again: Again, days: Callable[[], tuple[date, date]]) -> None:
    again.compared = BOOKED
    moved = [pq.read_table(path, columns=["document_uid"]) for path in again.stored("recognised_amounts")]
    if not moved:
        return
    batch, desk = again.batch, again.desk
    with desk.database.transaction() as connection:
        before = [
            each
            for each in all_batches(connection)
            if each.source_code == batch.source_code and each.batch_no < batch.batch_no
        ]
        given_up = given_up_before(connection, batch.batch_no)
    uids = pa.concat_tables(moved)
    folder = again.folder / "moves"
    folder.mkdir()
    with (
        open_past_register(desk.database, batch.batch_no, again.periods) as register,
        Workspace(folder) as workspace,
    ):
        moves = RecognitionMoves(workspace, again.settings(register))
        moves.read(recorded_runs(desk, before, given_up), uids, days())
        again.written += moves.summarise(folder)
        again.take(moves)


def _account(again: Again, about: Callable[[SubledgerEngine, pa.Table], None] | None = None) -> None:
    attempt = read_landed(again.desk.database, again.batch.attempt_id)
    late = [pq.read_table(path) for path in again.stored(LATE_TOTALS)]
    with (
        open_past_register(
            again.desk.database, again.batch.batch_no, again.periods, pa.concat_tables(late) if late else None
        ) as register,
        Workspace(again.folder) as workspace,
    ):
        engine = SubledgerEngine(workspace, again.settings(register), again.folder)
        if about:
            [events] = again.stored(EVENTS_DATASET)
            about(engine, pq.read_table(events))
        engine.take_findings(again.stored(FINDINGS_DATASET))
        for path in again.stored(WITHHELD):
            engine.withhold(pq.read_table(path))
        run_engine(engine, again.desk, attempt, register)
        again.written += engine.write_evidence()
        again.take(engine)


def rebuild_recognition(again: Again) -> None:
    """Recognise again what a run recognised, from the schedules and the state that it read."""
    again.compared = _RUN
    batch, desk = again.batch, again.desk
    if not (paths := again.stored(FACTS)):
        raise EvidenceError(
            f"Batch {batch.batch_no} is a recognition run older than the keeping of what it went by: its evidence below "
            f"{batch.evidence_path} does not say which nights it read. It can be explained (`make explain`), not rebuilt."
        )
    facts = RunFacts(paths)
    standing = RecognitionStanding(
        _runs(desk, facts.names("run")),
        _runs(desk, facts.names("accounted")),
        facts.through,
        facts.names("undone"),
        facts.names("newly_undone"),
    )
    with (
        open_past_register(desk.database, batch.batch_no, again.periods) as register,
        Workspace(again.folder) as workspace,
    ):
        run = run_settings(standing, batch.attempt_id, facts.names("asked"))
        engine = RecognitionEngine(workspace, again.settings(register), run)
        work = RunWork(desk.evidence, standing, engine)
        work.is_needed()
        again.written += work.run(again.folder)
        again.take(engine)


def _runs(desk: AccountingDesk, numbers: Sequence[str]) -> tuple[CommittedRun, ...]:
    with desk.database.transaction() as connection:
        found = batches_of(connection, [int(number) for number in numbers])
    return tuple(CommittedRun(number, found[number].files, found[number].read_instant) for number in sorted(found))
