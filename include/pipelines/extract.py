"""Extract: one snapshot of one billing source, everything that changed since the last committed night, into evidence.

Nothing counts yet when this is done. The account stage takes the attempt that this returns, and only its commit makes
the evidence part of the books and moves the source's horizon. So a try that fails, or runs beside another, does no
harm: each has a folder of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from uuid import UUID, uuid4

import pyarrow as pa

from include.evidence.landing import open_landing
from include.evidence.manifest import EvidenceFile, manifest_from_json, manifest_to_json, rows_by_dataset
from include.evidence.owners import find_owners
from include.evidence.read_ahead import read_ahead
from include.evidence.store import EvidenceStore
from include.finance.errors import ReadInstantError, SourceReplacedError, TieoutError
from include.ports.billing import BillingSource, Reading, SourcePosition
from include.ports.canonical import CONTROL_DATASET, DATASETS
from include.store import streams
from include.store.database import FinanceDatabase
from include.store.streams import Attempt, AttemptKind, CommittedBatch, SourceStream


@dataclass(frozen=True, slots=True)
class Extracted:
    """An attempt that landed whole: its id for the account stage, and how many rows each dataset has."""

    attempt_id: UUID
    source_code: str
    read_instant: datetime
    horizon_from: int
    horizon_to: int
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Covered:
    """Nothing to read: a night of this source that was read at this instant or later is committed."""

    batch: CommittedBatch


def extract_source(
    source: BillingSource,
    source_code: str,
    tenant: str,
    read_instant: datetime,
    kind: AttemptKind,
    database: FinanceDatabase,
    evidence: EvidenceStore,
    *,
    is_full: bool = False,
) -> Extracted | Covered:
    """Land what changed in `source` since its last committed night; `read_instant` is the run's T, never a filter.

    `is_full` reads everything and accepts that the database behind the source is another one than before. A `dry_run`
    lands below a prefix of its own and can never be committed.

    Raises ReadInstantError for a T in the future, SourceReplacedError when the source is not the one read before,
    EvidenceError when evidence cannot be written, and what the source raises. Whatever it raises, it may run again.
    """
    if read_instant.tzinfo is None:
        raise ReadInstantError(
            f"Read instant {read_instant} has no time zone. Give it with one, as 2026-02-01T06:00:00Z."
        )
    with database.transaction() as connection:
        if read_instant > (now := streams.read_clock(connection)):
            raise ReadInstantError(
                f"Read instant {_label(read_instant)} lies in the future: the finance database's clock says "
                f"{_label(now)}. Choose one that has passed; a night can only be read when it is over."
            )
        if batch := streams.find_covering_batch(connection, source_code, read_instant):
            return Covered(batch)
        stream = streams.ensure_stream(connection, source_code)
        streams.abandon_stale_attempts(connection, source_code)
        retried = streams.retry_documents(connection, source_code)
        totals_since = streams.open_since(connection)
    attempt = _plan(stream, kind, read_instant, is_full=is_full)
    with _scratch(evidence, attempt) as scratch:

        def owners_of_deleted(deleted: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
            with database.transaction() as connection:
                manifest = streams.committed_manifests(connection, source_code)
            try:
                return find_owners(evidence, manifest_from_json(manifest), deleted, scratch)
            finally:
                # A task's process may end without a word to its objects: what it copied would stay on the worker.
                evidence.forget_copies()

        with source.read(attempt.horizon_from, retried, owners_of_deleted) as reading:
            if not is_full:
                _refuse_replaced(stream, reading.position)
            streams.open_attempt(database, attempt)
            with _abandoned_on_failure(database, attempt):
                return _land(reading, attempt, tenant, totals_since, database, evidence, scratch)


def _land(
    reading: Reading,
    attempt: Attempt,
    tenant: str,
    totals_since: date,
    database: FinanceDatabase,
    evidence: EvidenceStore,
    scratch: Path,
) -> Extracted:
    files: list[EvidenceFile] = []
    with (
        read_ahead(_batches(reading, totals_since)) as batches,
        open_landing(evidence, attempt.evidence_path, attempt.source_code, tenant, scratch) as landing,
    ):
        for dataset, found in groupby(batches, key=itemgetter(0)):
            files += landing.land(dataset, (batch for _, batch in found))
    rows = dict.fromkeys(DATASETS, 0) | {
        name: count for name, count in rows_by_dataset(files).items() if name in DATASETS
    }
    # Opened again from storage before anything names it: what can't be read back must not be accounted.
    evidence.verify(files)
    position = reading.position
    streams.land_attempt(database, attempt.id, position, manifest_to_json(files), rows["documents"])
    return Extracted(
        attempt.id, attempt.source_code, attempt.read_instant, attempt.horizon_from, position.horizon, rows
    )


def _batches(reading: Reading, totals_since: date) -> Generator[tuple[str, pa.RecordBatch]]:
    """Everything that the source gives, in its order, with the name of its dataset; datasets without rows don't appear."""
    for dataset in DATASETS:
        for batch in reading.datasets[dataset]():
            if batch.num_rows:
                yield dataset, batch
    if reading.control_totals is not None:
        for batch in reading.control_totals(totals_since):
            yield CONTROL_DATASET, batch


def _plan(stream: SourceStream, kind: AttemptKind, read_instant: datetime, *, is_full: bool) -> Attempt:
    attempt_id = uuid4()
    path = f"{stream.source_code}/{_label(read_instant)}/{attempt_id}"
    return Attempt(
        id=attempt_id,
        source_code=stream.source_code,
        kind=kind,
        read_instant=read_instant,
        horizon_from=0 if is_full else stream.horizon,
        generation=stream.generation,
        evidence_path=path if kind == "night" else f"dry_run/{path}",
    )


def _refuse_replaced(stream: SourceStream, position: SourcePosition) -> None:
    """A horizon means nothing in another database, nor in this one after it was set back."""
    if stream.system_identifier is None:
        return
    if stream.system_identifier != position.system_identifier:
        fact = (
            f"is another database, restored, failed over or replaced: it was {stream.system_identifier} and is "
            f"{position.system_identifier}"
        )
    elif position.horizon < stream.horizon or position.rank < stream.snapshot_rank:
        fact = f"was set back: it was read up to transaction {stream.horizon} and now stands at {position.horizon}"
    else:
        return
    raise SourceReplacedError(
        f"Source {stream.source_code} {fact}. What changed since the last night can't be known: run this night with "
        "full compare, which reads every document again and books only the differences. Nothing was written."
    )


@contextmanager
def _scratch(evidence: EvidenceStore, attempt: Attempt) -> Iterator[Path]:
    folder = evidence.scratch / f"extract-{attempt.id}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _abandoned_on_failure(database: FinanceDatabase, attempt: Attempt) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # The first error is the one to tell; an attempt that stays open does no harm.
        with suppress(TieoutError), database.transaction() as connection:
            streams.abandon_attempt(connection, attempt.id)
        raise


def _label(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
