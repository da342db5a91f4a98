"""What a person would have booked anew or undone: worked out from evidence, in two passes, as often as somebody asks. Nothing is written here.

The first pass undoes and books anew every event of the chosen documents and keeps those that come out otherwise; the second one
does so with these alone. What was recognised of the documents is compared beside it.
"""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID, uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from include.evidence.duck import open_duckdb
from include.evidence.workspace import SqlWorkspace
from include.pipelines.account import PERIODS, PRIOR_DECISION, AccountingDesk, PriorEvidence, settings_of
from include.pipelines.explain_evidence import EXPLAIN_SQL, buckets_of, view_entries
from include.pipelines.reclassified import Reckoning, ReclassifiedCell, Written
from include.pipelines.reclassify_asked import Asked
from include.pipelines.recorded import recorded_runs
from include.pipelines.validate import FINDINGS_DATASET
from include.pipelines.whatif import NAMED, LeftOut, days_of
from include.pipelines.whatif_documents import NewestDocuments
from include.ports.canonical import BUCKETS, DATASETS, landed_schema
from include.store.reclassifications import SourceStanding, read_source_standing
from include.store.register import RegisterReader, compared_anyway, open_register
from include.subledger.engine import FINDING_SCHEMA, EngineSettings, SubledgerEngine
from include.subledger.recognition import BOOKED
from include.subledger.recognition_moves import RecognitionMoves
from include.subledger.workspace import Workspace

EVENTS_DATASET = "reopened_events"  # which events a reclassification undid and booked anew
_MEMORY = "512MB"
_DECIDED = pa.schema(
    [("document_uid", pa.uuid())]
    + [(name, pa.string()) for name in ("document_type", "native_id", "legal_entity_code", "currency")]
    + [("total_minor", pa.int64()), ("outcome", pa.string()), ("reason", pa.string())]
)
Files = Mapping[str, list[str]]  # local files by dataset


@contextmanager
def reckon(desk: AccountingDesk, source_code: str, asked: Asked, uids: Sequence[UUID]) -> Iterator[Reckoning]:
    """Work a reclassification out. `uids` are the documents of the source asked for by name; none means all that `asked` fits.

    Raises UnknownNameError for a period that no ERP has, EvidenceError for evidence that is lost, ReclassificationError,
    UnbalancedEntryError and ConfigurationError where the rules of today do not come to entries.
    """
    with open_work(desk, source_code) as work:
        work.prepare(days_of(work.periods, asked.first_period, asked.last_period))
        work.ask(asked.where, uids)
        chosen = work.choose(
            buckets_of([str(uid) for uid in uids]) if uids else range(BUCKETS),
            *(("named_documents",) if uids else ("dated_documents", "filtered_documents")),
        )
        work.probe(chosen)
        landed = work.landed(chosen)
        engine, moves = work.engine(), work.moves()
        events = work.work.fetch("reclassified_event_rows")
        engine.reopen(events)
        work.book(engine, landed)
        found = work.found(engine, moves, landed, events, work.move(moves))
        found.cells, found.document_count = work.told(found.made)
        found.left_out = work.left_out()
        found.gone_count = max(len(uids) - work.work.fetch("chosen_uids").num_rows, 0)
        yield found


@dataclass(slots=True)
class ReckoningWork:
    """One working out of what a person has booked anew or undone, step after step. `opened` closes what it opens."""

    desk: AccountingDesk
    standing: SourceStanding
    register: RegisterReader
    work: SqlWorkspace
    folder: Path
    opened: ExitStack
    batch_id: UUID = field(default_factory=uuid4)
    periods: pa.Table = field(init=False)
    days: tuple[date, date] = field(init=False)

    def __post_init__(self) -> None:
        self.periods = self.register.periods()
        for name in ("engine", "probe", "moves", "chosen", "landed"):
            (self.folder / name).mkdir()

    def prepare(self, days: tuple[date, date]) -> None:
        """Say of which days."""
        self.days = days
        for step in ("whatif_tables", "reclassify_tables"):
            self.work.run(step)
        for name, day in zip(("first_day", "last_day"), days, strict=True):
            self.work.set(name, day)
        self.work.set("named", NAMED)
        entities = self.desk.configuration.legal_entities
        own = {"legal_entity_code": list(entities), "currency": [e.functional_currency.code for e in entities.values()]}
        self.work.table("own_currency", pa.table(own))

    def ask(self, where: Mapping[str, str], uids: Sequence[UUID]) -> None:
        """Say which documents: by uid, or all that a filter fits."""
        self.work.set("wanted_uids", [str(uid) for uid in uids])
        for name in ("type", "entity", "currency", "customer"):
            self.work.set(f"wanted_{name}", where.get(name))

    def settings(self) -> EngineSettings:
        """What an engine must know: the configuration in force, the periods as they are."""
        source, today = self.standing.stream.source_code, self.standing.read_instant
        return settings_of(self.desk, self.register, self.periods, source, self.batch_id, today)

    def engine(self) -> SubledgerEngine:
        """An accounting engine."""
        return self._engine(self.opened.enter_context(Workspace(self.folder / "engine")), self.folder / "engine")

    def moves(self) -> RecognitionMoves:
        """What moves recognised amounts."""
        return RecognitionMoves(self.opened.enter_context(Workspace(self.folder / "moves")), self.settings())

    def _engine(self, workspace: Workspace, folder: Path) -> SubledgerEngine:
        return SubledgerEngine(workspace, self.settings(), folder)

    def choose(self, buckets: Container[int], *by: str) -> Sequence[Files]:
        """The newest version of every document that `by` chooses (see NewestDocuments), by bucket."""
        nights = [batch for batch in self.standing.batches if batch.kind == "night"]
        documents = NewestDocuments(self.desk.evidence, self.work, nights, self.folder / "chosen")
        chosen = [documents.choose(bucket, *by) if bucket in buckets else {} for bucket in range(BUCKETS)]
        for files in chosen:
            self.work.view("stored_file", files.get("documents", []), landed_schema("documents"))
            self.work.run("chosen_documents")
        return chosen

    def probe(self, chosen: Sequence[Files]) -> None:
        """Find the events that come out otherwise, and the documents that are left out."""
        with Workspace(self.folder / "probe") as workspace:
            engine = self._engine(workspace, self.folder / "probe")
            engine.probe()
            self._account(engine, chosen)
            self.decided(engine.write_evidence())
            self.work.table("moved_event", engine.result("moved_event_rows"))
        for step in ("reclassified_events", "reclassify_left_out"):
            self.work.run(step)
        shutil.rmtree(self.folder / "probe", ignore_errors=True)

    def landed(self, chosen: Sequence[Files]) -> Written:
        """The newest version of the documents with events that are booked anew."""
        found: Written = []
        shapes = {name: landed_schema(name) for name in DATASETS} | {FINDINGS_DATASET: FINDING_SCHEMA}
        for bucket, files in enumerate(chosen):
            for name, paths in files.items():
                path = self.folder / "landed" / f"{name}-{bucket}.parquet"
                self.work.view("stored_file", paths, shapes[name])
                if self.work.write_parquet("reclassified_rows", path):
                    found.append((name, bucket, path))
        return found

    def decided(self, made: Written) -> None:
        """Show what was decided on the chosen documents."""
        self.work.view("stored_file", [str(path) for name, _, path in made if name == "decisions"], _DECIDED)
        self.work.run("reclassify_decided")

    def book(self, engine: SubledgerEngine, landed: Written) -> None:
        """Let an engine that knows which events it is about undo them, and book them anew."""
        files: list[dict[str, list[str]]] = [{} for _ in range(BUCKETS)]
        for name, bucket, path in landed:
            files[bucket].setdefault(name, []).append(str(path))
        self._account(engine, files)

    def found(
        self, engine: SubledgerEngine, moves: RecognitionMoves | None, landed: Written, events: pa.Table, moved: Written
    ) -> Reckoning:
        """What an engine came to, with its files."""
        found = Reckoning(self.standing, self.batch_id, self.periods, engine, moves, events)
        found.landed = [each for each in landed if each[0] != FINDINGS_DATASET]
        found.findings = [each for each in landed if each[0] == FINDINGS_DATASET]
        found.made = engine.write_evidence() + moved
        pq.write_table(events, self.folder / f"{EVENTS_DATASET}.parquet")
        pq.write_table(self.periods, self.folder / f"{PERIODS}.parquet")
        for name in (EVENTS_DATASET, PERIODS):
            found.made.append((name, 0, self.folder / f"{name}.parquet"))
        return found

    def _account(self, engine: SubledgerEngine, chosen: Sequence[Files]) -> None:
        asked: list[pa.Table] = []
        prior = PriorEvidence(self.desk)

        def registered(uids: pa.Table) -> pa.Table:
            asked.append(uids)
            return self.register.rows(uids)

        engine.take_findings([path for files in chosen for path in files.get(FINDINGS_DATASET, [])])
        for bucket, files in enumerate(chosen):
            engine.read_portion((bucket,), files, registered, lambda _: PRIOR_DECISION.empty_table())
        engine.decide(compared_anyway(asked), self.register.accounted)
        for bucket in range(BUCKETS):
            engine.book_portion((bucket,), self.register.bookings, prior.files)
        engine.summarise()
        engine.conclude()

    def move(self, moves: RecognitionMoves) -> Written:
        """Move what was recognised of the chosen documents, where the rules of today have it elsewhere."""
        recorded = recorded_runs(self.desk, self.standing.batches, self.standing.given_up)
        moves.read(recorded, self.work.fetch("chosen_uids"), self.days)
        return moves.summarise(self.folder / "moves") if moves.moved_entries().num_rows else []

    def told(self, made: Written) -> tuple[tuple[ReclassifiedCell, ...], int]:
        """What is added where, and how many documents are booked anew."""
        self.view_made(made)
        self.work.run("reclassified_sums")
        cells = tuple(ReclassifiedCell(**row) for row in self.listed("reclassified_cells"))  # type: ignore[arg-type]
        return cells, int(self.work.rows("reclassified_total")[0]["document_count"])

    def left_out(self) -> tuple[LeftOut, ...]:
        """What is left out, and why."""
        return tuple(LeftOut(**row) for row in self.listed("whatif_reasons"))  # type: ignore[arg-type]

    def view_made(self, made: Written) -> None:
        """Show the entries that were made as `stored_entry`."""
        view_entries(self.work, {name: [str(path) for each, _, path in made if each == name] for name in BOOKED})

    def listed(self, name: str) -> list[dict[str, object]]:
        """The result of `<name>.sql`, whose rows name some documents."""
        return [row | {"documents": tuple(row["documents"])} for row in self.work.rows(name)]


@contextmanager
def open_work(desk: AccountingDesk, source_code: str) -> Iterator[ReckoningWork]:
    """Begin to work something out of a source, as it stands now."""
    standing = read_source_standing(desk.database, source_code)
    with ExitStack() as opened:
        folder = opened.enter_context(_scratch(desk))
        register = opened.enter_context(open_register(desk.database))
        connection = opened.enter_context(open_duckdb(folder, _MEMORY))
        yield ReckoningWork(desk, standing, register, SqlWorkspace(connection, EXPLAIN_SQL), folder, opened)


@contextmanager
def _scratch(desk: AccountingDesk) -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="reclassify-", dir=desk.scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
