"""What if: other rules over past periods, from evidence, with the same engine. Nothing is committed and nothing is posted.

The newest version of every document with an event in the periods is accounted anew, as if for the first time and with
every period open, and compared with what stands in the books for the same events.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from include.config.configuration import Configuration
from include.evidence.duck import open_duckdb
from include.evidence.workspace import SqlWorkspace
from include.finance.errors import UnknownNameError
from include.pipelines.account import PRIOR_DECISION, AccountingDesk, settings_of
from include.pipelines.explain_evidence import EXPLAIN_SQL, view_entries
from include.pipelines.recorded import recorded_runs
from include.pipelines.validate import FINDINGS_DATASET
from include.pipelines.whatif_documents import NewestDocuments
from include.ports.canonical import BUCKETS
from include.store.explain_facts import BatchFacts, all_batches, given_up_entries
from include.store.recognitions import read_standing
from include.store.register import RegisterReader, compared_anyway, open_register
from include.subledger.engine import EngineSettings, SubledgerEngine
from include.subledger.recognition import BOOKED, THROUGH
from include.subledger.recognition_moves import RecordedRuns
from include.subledger.recognition_trial import RecognitionTrial, TermFiles
from include.subledger.workspace import Workspace

NAMED = 5  # documents named behind each number
_MEMORY = "512MB"


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A legal entity's account in a period whose amount, in its own currency, the other rules change.

    `documents` names the largest.
    """

    legal_entity_code: str
    period_name: str
    account_code: str
    currency: str
    booked_minor: int
    ruled_minor: int
    document_count: int
    documents: tuple[str, ...]

    @property
    def difference_minor(self) -> int:
        """What the other rules would add."""
        return self.ruled_minor - self.booked_minor


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Documents that the other rules do not account, so that they are not compared, and why."""

    legal_entity_code: str
    currency: str
    reason: str
    document_count: int
    total_minor: int
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What other rules would change in the books of some periods."""

    first_period: str
    last_period: str
    configuration_sha256: str
    read_count: int
    changed_count: int
    cells: tuple[ChangedCell, ...]
    left_out: tuple[LeftOut, ...]


def what_if(desk: AccountingDesk, other: Configuration, first_period: str, last_period: str) -> WhatIf:
    """Compare the books with what `other` makes of the same documents, for events of these periods.

    Raises UnknownNameError for a period that no ERP has, EvidenceError for evidence that is lost.
    """
    with ExitStack() as opened:
        folder = opened.enter_context(_scratch(desk))
        register = opened.enter_context(open_register(desk.database))
        connection = opened.enter_context(open_duckdb(folder, _MEMORY))
        periods = register.periods()
        days = days_of(periods, first_period, last_period)
        run = _Run(
            replace(desk, configuration=other), register, SqlWorkspace(connection, EXPLAIN_SQL), periods, days, folder
        )
        run.prepare()
        with desk.database.transaction() as reading:
            batches = all_batches(reading)
        read = sum(
            run.source([each for each in batches if each.source_code == code])
            for code in sorted({each.source_code for each in batches})
        )
        work = run.work
        return WhatIf(
            first_period,
            last_period,
            other.sha256,
            read,
            work.rows("whatif_totals")[0]["document_count"],
            tuple(ChangedCell(**(row | {"documents": tuple(row["documents"])})) for row in work.rows("whatif_cells")),
            tuple(LeftOut(**(row | {"documents": tuple(row["documents"])})) for row in work.rows("whatif_reasons")),
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """Other rules over the sources, one after the other; what differs gathers in the workspace."""

    desk: AccountingDesk
    register: RegisterReader
    work: SqlWorkspace
    periods: pa.Table
    days: tuple[date, date]
    folder: Path
    given_up: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Tables for what differs, and the days that are looked at."""
        self.work.run("whatif_tables")
        self.work.table("period", self.periods)
        self.work.set("named", NAMED)
        entities = self.desk.configuration.legal_entities
        own = {"legal_entity_code": list(entities), "currency": [e.functional_currency.code for e in entities.values()]}
        self.work.table("own_currency", pa.table(own))
        for name, day in zip(("first_day", "last_day"), self.days, strict=True):
            self.work.set(name, day)
        self.work.run("whatif_days")
        with self.desk.database.transaction() as connection:
            given_up = given_up_entries(connection)
        self.given_up.extend(given_up)
        self.work.table("given_up", pa.table({"entry_id": pa.array(given_up, pa.string())}))

    def source(self, batches: Sequence[BatchFacts]) -> int:
        """Account a source's documents anew and compare; returns how many there were."""
        scratch = self.folder / uuid4().hex
        scratch.mkdir()
        nights = [batch for batch in batches if batch.kind == "night"]
        recorded = recorded_runs(self.desk, batches, self.given_up)
        documents = NewestDocuments(self.desk.evidence, self.work, nights, scratch, recorded.amounts)
        with Workspace(scratch) as workspace:
            engine = SubledgerEngine(workspace, self._settings(nights[-1]), scratch)
            engine.try_out(self.days)
            chosen = [documents.choose(bucket) for bucket in range(BUCKETS)]
            engine.take_findings([path for files in chosen for path in files[FINDINGS_DATASET]])
            if not any(files["documents"] for files in chosen):
                return 0
            registered = self.register.unsettled()
            engine.take_registered(registered)
            for bucket, files in enumerate(chosen):
                engine.read_portion(
                    (bucket,), files, lambda _: registered.slice(0, 0), lambda _: PRIOR_DECISION.empty_table()
                )
            engine.decide(compared_anyway(()), self.register.accounted)
            made = [each for bucket in range(BUCKETS) for each in engine.try_portion((bucket,))]
        read = sum(pq.read_metadata(path).num_rows for name, _, path in made if name == "decided")
        schedules = {bucket: [str(path)] for name, bucket, path in made if name == "schedules"}
        with Workspace(scratch / "trial") as workspace:
            trial = RecognitionTrial(workspace, self._settings(nights[-1]))
            recognised = self._recognised(trial, nights[-1].source_code, recorded, schedules, scratch)
        for bucket in range(BUCKETS):
            here = {name: str(path) for name, at, path in made if at == bucket}
            self._compare(batches, bucket, here, recognised.get(bucket))
        return int(read)

    def _recognised(
        self,
        trial: RecognitionTrial,
        source_code: str,
        recorded: RecordedRuns,
        schedules: Mapping[int, list[str]],
        scratch: Path,
    ) -> dict[int, Path]:
        """What the other rules recognise of the chosen documents, by bucket."""
        standing, store = read_standing(self.desk.database, source_code), self.desk.evidence
        state = standing.state_files()
        terms = [
            TermFiles(
                store.fetch([file for file in state if file.bucket == bucket]),
                [(run.batch_no, store.fetch(run.of("schedules", bucket))) for run in standing.accounted],
                schedules.get(bucket, []),
            )
            for bucket in range(BUCKETS)
        ]
        through = pa.Table.from_pylist(list(standing.through), THROUGH)
        trial.read(recorded, self.work.fetch("dated_uids"), self.days, terms, through, standing.full_run)
        return trial.sums(scratch)

    def _compare(
        self, batches: Sequence[BatchFacts], bucket: int, made: Mapping[str, str], recognised: Path | None
    ) -> None:
        if "decided" not in made:
            return
        self.work.view("stored_file", [made["decided"]], pa.schema([]))
        self.work.run("whatif_left_out")
        ruled = [made["amounts"], *([str(recognised)] if recognised else [])]
        self.work.view("ruled_amount", ruled, pa.schema([]))
        stored = {
            name: [
                file
                for batch in batches
                for file in batch.files
                # the legs of recognised lines are one file for all buckets
                if file.dataset == name and (file.bucket == bucket or name == "recognition_legs")
            ]
            for name in BOOKED
        }
        view_entries(self.work, {name: self.desk.evidence.fetch(files) for name, files in stored.items()})
        self.work.run("whatif_suspects")
        if self.work.rows("whatif_suspect_count")[0]["document_count"]:
            self.work.run("whatif_compare")

    def _settings(self, newest: BatchFacts) -> EngineSettings:
        place = self.periods.schema.get_field_index("is_open")
        is_open = pa.array([True] * self.periods.num_rows)
        periods = self.periods.set_column(place, "is_open", is_open)
        return settings_of(self.desk, self.register, periods, newest.source_code, uuid4(), newest.read_instant)


def days_of(periods: pa.Table, first: str, last: str) -> tuple[date, date]:
    """The first day of one period and the last day of another, over all legal entities. Raises UnknownNameError."""
    rows = periods.to_pylist()
    starts = [row["start_date"] for row in rows if row["period_name"] == first]
    ends = [row["end_date"] for row in rows if row["period_name"] == last]
    if not starts or not ends or min(starts) > max(ends):
        known = sorted({row["period_name"] for row in rows})
        raise UnknownNameError(
            f"FROM={first} TO={last} names no span of accounting periods; the ERPs have {', '.join(known[:1] + known[-1:])} "
            "and those between, in this form."
        )
    return min(starts), max(ends)


@contextmanager
def _scratch(desk: AccountingDesk) -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="whatif-", dir=desk.scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
