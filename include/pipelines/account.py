"""Account what an attempt has landed: gather what is on file, decide in the engine, commit everything of the batch at once.

The rows of documents and bookings go along into the open transaction while the rest is still being worked out (ADR 23).
Before the commit nothing counts, after it everything does. Dying anywhere before leaves an attempt that the next night
abandons; dying after leaves a finished batch. Two nights at once: the second to commit finds the generation moved, and
compares again what it landed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID, uuid4, uuid5

import pyarrow as pa
import pyarrow.parquet as pq

from include.evidence.decided import read_decided
from include.evidence.manifest import EvidenceFile, manifest_to_json
from include.evidence.store import EvidenceStore, FileFault
from include.finance.errors import GenerationMovedError
from include.pipelines.validate import ValidationDesk, validate_attempt
from include.ports.canonical import BUCKETS, DATASETS
from include.store import streams
from include.store.landed import LandedAttempt, numbered_evidence, read_landed
from include.store.register import (
    BatchCommit,
    BatchHeader,
    RegisterReader,
    StreamState,
    commit_batch,
    is_committed,
    open_commit,
    open_register,
    read_stream_state,
    registered_as,
)
from include.store.validations import Validation
from include.subledger.engine import (
    WITHHELD_SCHEMA,
    EngineSettings,
    Portion,
    PriorUnreadableError,
    StoredFault,
    StoredFiles,
    SubledgerEngine,
)
from include.subledger.settings import engine_settings
from include.subledger.workspace import Workspace

_BATCHES = UUID("6f0f2f0e-2f8a-5d43-9a5b-6a1f4f2d9d11")
_TRIES = 5
_PORTION_ROWS = 2_200_000  # landed rows that are accounted together: what fits in the engine's memory
# What a decision says of a document, as the engine's `prior_decision` takes it.
PRIOR_DECISION = pa.schema(
    [("document_uid", pa.uuid())]
    + [(name, pa.string()) for name in ("document_type", "native_id", "legal_entity_code", "currency")]
    + [("total_minor", pa.int64())]
)
PERIODS = "periods"  # the dataset of the periods that a batch saw
LATE_TOTALS = "late_totals"  # and of what was booked late when it came
WITHHELD = "withheld"  # and of the documents that waited for evidence that was lost or altered


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """One line of the accounted-for equation, as counts and minor units."""

    document_type: str
    legal_entity_code: str
    currency: str
    outcome: str
    reason: str
    document_count: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class Accounted:
    """What accounting an attempt came to. `batch_id` is None for a dry run and for an attempt that a newer one covers."""

    attempt_id: UUID
    batch_id: UUID | None
    is_covered: bool = False
    outcomes: tuple[OutcomeCount, ...] = ()
    entry_count: int = 0


@dataclass(frozen=True, slots=True)
class AccountingDesk(ValidationDesk):
    """Where accounting works: as validating does, and with the fewest lines per entry that an ERP in use takes."""

    line_limit: int


def account_attempt(desk: AccountingDesk, attempt_id: UUID) -> Accounted:
    """Account one landed attempt; safe to call again at any time. A dry run decides everything and commits nothing.

    An attempt that was not validated, or under another configuration or code, is validated first (ADR 12). Documents whose
    earlier bookings stand in files that are lost or altered are quarantined; nothing of them is booked. Raises what validating
    raises, EvidenceError when landed files are lost or what is made cannot be written, SystemUnreachableError.
    """
    attempt = read_landed(desk.database, attempt_id)
    if is_committed(desk.database, attempt_id):
        return Accounted(attempt_id, batch_id_of(attempt_id))
    withheld = WITHHELD_SCHEMA.empty_table()
    tries = 0
    while tries < _TRIES:
        stream = read_stream_state(desk.database, attempt.source_code)
        if attempt.kind == "night" and _is_covered(attempt, stream):
            _abandon(desk, attempt_id)
            return Accounted(attempt_id, stream.last_batch_id, is_covered=True)
        try:
            return _account_once(desk, attempt, validate_attempt(desk, attempt_id), stream, withheld)
        except GenerationMovedError:
            tries += 1
        except PriorUnreadableError as error:
            # Which files are needed shows only when each document was decided upon: decided anew without those that wait. Each
            # time there are more of them, for who is withheld asks for no file.
            withheld = pa.concat_tables([withheld, error.documents.cast(WITHHELD_SCHEMA)])
    raise GenerationMovedError(
        f"Source {attempt.source_code}: other nights committed {_TRIES} times while this one was being compared; run it again."
    )


def batch_id_of(attempt_id: UUID) -> UUID:
    """The id of the batch that an attempt becomes if it is committed."""
    return uuid5(_BATCHES, str(attempt_id))


def _is_covered(attempt: LandedAttempt, stream: StreamState) -> bool:
    """Whether a later snapshot is in the books: it saw everything that this one saw."""
    if stream.last_batch_id is None:
        return False
    is_full = attempt.horizon_from == 0
    if attempt.system_identifier != stream.system_identifier:
        # Ranks of two databases cannot be compared: who read the new one whole counts, who read the old one does not.
        return not is_full
    # A full reading whose snapshot was taken after the last commit and stands before it: the source itself was set back.
    is_set_back = is_full and attempt.generation == stream.generation
    return stream.snapshot_rank > attempt.snapshot_rank and not is_set_back


def _account_once(
    desk: AccountingDesk, attempt: LandedAttempt, validation: Validation, stream: StreamState, withheld: pa.Table
) -> Accounted:
    scratch = Path(mkdtemp(prefix="account-", dir=desk.scratch))
    batch_id = batch_id_of(attempt.id)
    try:
        with open_register(desk.database) as register, Workspace(scratch) as workspace:
            periods = register.periods()
            settings = settings_of(desk, register, periods, attempt.source_code, batch_id, attempt.read_instant)
            engine = SubledgerEngine(workspace, settings, scratch)
            engine.take_findings(desk.evidence.fetch(validation.files))
            engine.withhold(withheld)
            if attempt.kind != "night":
                run_engine(engine, desk, attempt, register)
                _store_evidence(engine, desk.evidence, attempt, validation, settings, withheld, scratch)
                return _accounted(engine, attempt.id, None)
            read_attempt(engine, desk, attempt, register)
            with (
                open_commit(desk.database, attempt.id, attempt.source_code, stream.generation) as commit,
                _copying(commit, engine) as copies,
            ):
                copies.start("document_register", "register_first")
                copies.start("document_version", "version_rows")
                book_attempt(engine, desk, attempt, register)
                copies.start("event_booking", "booking_rows")
                engine.conclude()
                files = _store_evidence(engine, desk.evidence, attempt, validation, settings, withheld, scratch)
                copies.wait()
                header = BatchHeader(
                    id=batch_id,
                    rule_set_sha256=desk.configuration.sha256,
                    rule_set_files=desk.configuration.files,
                    code_version=desk.code_version,
                    manifest=manifest_to_json(files),
                )
                commit_batch(commit, header, lambda name: engine.stream(_STREAMS[name]))
            return _accounted(engine, attempt.id, batch_id)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _accounted(engine: SubledgerEngine, attempt_id: UUID, batch_id: UUID | None) -> Accounted:
    return Accounted(
        attempt_id,
        batch_id,
        outcomes=tuple(OutcomeCount(**row) for row in engine.result("equation").to_pylist()),
        entry_count=engine.result("journal_entry_rows").num_rows,
    )


@dataclass(slots=True)
class _Copies:
    """Copies long results into the open transaction of a batch, one after the other, in a thread of its own."""

    commit: BatchCommit
    rows_of: Callable[[str], pa.RecordBatchReader]
    pool: ThreadPoolExecutor
    running: list[Future[None]] = field(default_factory=list)

    def start(self, table: str, query: str) -> None:
        """Copy the result of `query` into `table` of the finance database once what was started before has ended."""
        self.running.append(self.pool.submit(lambda: self.commit.copy(table, self.rows_of(query))))

    def wait(self) -> None:
        """Wait until everything is copied. Raises what went wrong first."""
        for each in self.running:
            each.result()


@contextmanager
def _copying(commit: BatchCommit, engine: SubledgerEngine) -> Iterator[_Copies]:
    """Whatever happens, no copying goes on when the context has ended."""
    place = commit.place
    rows_of = engine.streams(place.batch_no, place.source_id, place.seen_rank)
    with ThreadPoolExecutor(1, "copy") as pool:
        try:
            yield _Copies(commit, rows_of, pool)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def settings_of(
    desk: AccountingDesk,
    register: RegisterReader,
    periods: pa.Table,
    source_code: str,
    batch_id: UUID,
    read_instant: datetime,
) -> EngineSettings:
    """What the engine must know before it reads a row: the configuration, and what the finance database keeps for it."""
    return engine_settings(
        desk.configuration,
        periods,
        register.fx_rates(),
        register.fx_fixings(),
        source_code,
        batch_id,
        read_instant,
        desk.line_limit,
        register.late_totals(),
    )


def run_engine(engine: SubledgerEngine, desk: AccountingDesk, attempt: LandedAttempt, register: RegisterReader) -> None:
    """Account what an attempt landed, by what the register says is on file; nothing is written."""
    read_attempt(engine, desk, attempt, register)
    book_attempt(engine, desk, attempt, register)
    engine.conclude()


def read_attempt(
    engine: SubledgerEngine, desk: AccountingDesk, attempt: LandedAttempt, register: RegisterReader
) -> None:
    """Read and judge all that an attempt landed, and decide what becomes of each document."""
    prior = PriorEvidence(desk)
    desk.evidence.verify(attempt.files)
    for portion in _portions(attempt):
        landed = {
            name: desk.evidence.fetch_whole(
                [file for file in attempt.files if file.dataset == name and file.bucket in portion]
            )
            for name in DATASETS
        }
        engine.read_portion(portion, landed, register.rows, partial(prior.decisions, portion=portion))
    engine.decide(register.retries(attempt.source_code), register.accounted)


def book_attempt(
    engine: SubledgerEngine, desk: AccountingDesk, attempt: LandedAttempt, register: RegisterReader
) -> None:
    """Book what differs from what is on file, and sum it into journal entries.

    Raises PriorUnreadableError naming all documents, of whatever portion, whose earlier bookings cannot be read.
    """
    prior = PriorEvidence(desk)
    unreadable: list[pa.Table] = []
    for portion in _portions(attempt):
        try:
            engine.book_portion(portion, register.bookings, prior.files)
        except PriorUnreadableError as error:
            unreadable.append(error.documents)
    if unreadable:
        raise PriorUnreadableError(attempt.source_code, pa.concat_tables(unreadable))
    engine.summarise()


def _portions(attempt: LandedAttempt) -> list[Portion]:
    """All buckets with rows, in as few portions as there may be rows at once; most nights are one."""
    portions: list[Portion] = [()]
    held = 0
    for bucket in range(BUCKETS):
        rows = sum(file.rows for file in attempt.files if file.bucket == bucket and file.dataset in DATASETS)
        if not rows:
            continue
        if held and held + rows > _PORTION_ROWS:
            portions.append(())
            held = 0
        portions[-1] += (bucket,)
        held += rows
    return portions


class PriorEvidence:
    """What earlier batches left in evidence: the entries they booked and the decisions they took."""

    def __init__(self, desk: AccountingDesk) -> None:
        self._desk = desk

    def files(self, batch_numbers: Sequence[int], dataset: str, portion: Portion) -> StoredFiles:
        """Local files with what these batches booked in some buckets, each read to its end first: money is undone by what it says."""
        stored = StoredFiles([])
        if not batch_numbers:
            return stored
        for number, file in numbered_evidence(self._desk.database, batch_numbers, dataset, portion):
            found = self._desk.evidence.fetch_or_fault(file)
            if isinstance(found, FileFault):
                stored.faults.append(StoredFault(number, file.bucket, found.fact))
            else:
                stored.paths.append(found)
        return stored

    def decisions(self, registered: pa.Table, portion: Portion) -> pa.Table:
        """What documents, now deleted, were when they were last decided upon; where that is lost, what the register says."""
        numbers = sorted(set(registered["batch_no"].to_pylist()))
        stored = self.files(numbers, "decisions", portion)
        found = read_decided(stored.paths, PRIOR_DECISION.names, registered["document_uid"])
        told = PRIOR_DECISION.empty_table() if found is None else found.cast(PRIOR_DECISION)
        if not stored.faults:
            return told
        # Nothing is booked of a document that is gone: it is only told to a person whose it was, and how much.
        untold = set(registered["document_uid"].to_pylist()) - set(told["document_uid"].to_pylist())
        return pa.concat_tables([told, registered_as(self._desk.database, untold, PRIOR_DECISION)])


def _store_evidence(
    engine: SubledgerEngine,
    evidence: EvidenceStore,
    attempt: LandedAttempt,
    validation: Validation,
    settings: EngineSettings,
    withheld: pa.Table,
    scratch: Path,
) -> list[EvidenceFile]:
    # A folder of its own per try: what an earlier try left behind is never mixed with this one.
    folder = f"{attempt.evidence_path}/account-{uuid4()}"
    written = engine.write_evidence()
    # Which periods were open, and what was late by then, decided on posting dates; and what could not be read was not booked: kept, so
    # that the batch can be rebuilt.
    kept = {PERIODS: settings.tables["period"], LATE_TOTALS: settings.tables["late_total"], WITHHELD: withheld}
    for dataset, table in kept.items():
        if dataset == PERIODS or table.num_rows:
            pq.write_table(table, scratch / f"{dataset}.parquet")
            written.append((dataset, 0, scratch / f"{dataset}.parquet"))
    files = [*attempt.files, *validation.files, *evidence.put_all(written, folder)]
    evidence.verify(files)
    return files


_STREAMS: Mapping[str, str] = {
    "new_register": "register_rows",
    "new_total": "total_rows",
    "new_arrival": "arrival_rows",
    "new_entry": "journal_entry_rows",
    "new_line": "journal_line_rows",
    "new_netted": "netted_amounts",
    "new_exception": "exception_rows",
    "new_outcome": "equation",
    "new_retry": "retry_rows",
    "new_balance": "balance_rows",
    "new_fixing": "fixing_rows",
    "new_intercompany": "intercompany_rows",
    "new_late": "late_rows",
    "seen": "seen_rows",
}


def _abandon(desk: AccountingDesk, attempt_id: UUID) -> None:
    with desk.database.transaction() as connection:
        streams.abandon_attempt(connection, attempt_id)
