"""Repair evidence: lost files are made again from what is still there, and put back where they have the SHA-256 on file.

What a night landed is read from billing by the keys of its documents; what the engine made is worked out again from what landed. The
manifest of a batch is the proof of its evidence and is never changed, so a file counts only with the very hash that stands there: a
document that billing has otherwise today, a row that comes in another order, and the file stays lost, and it is said why.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from include.evidence.manifest import EvidenceFile
from include.evidence.store import FileFault
from include.finance.errors import ConfigurationError, EvidenceError, UnbalancedEntryError, UnknownNameError
from include.pipelines.account import AccountingDesk
from include.pipelines.rebuild import as_of_batch, made_again
from include.pipelines.repair_landed import Key, keys_in, land_again
from include.ports.billing import BillingSource
from include.ports.canonical import DATASETS
from include.store import audit_log
from include.store.evidence_checks import Check, begin_check, finish_check, note_files, noted_faults
from include.store.explain_facts import BatchFacts, batches_of

_NAMED = 5  # documents named in a message; how many there are is always said
_RESTORE = "Restore it from a backup, or from the bucket's versions."


@dataclass(frozen=True, slots=True)
class RepairDesk:
    """Where evidence is repaired, and who says so why. `billing` opens a source; it is asked only where landed files are lost."""

    accounting: AccountingDesk
    billing: Callable[[str], BillingSource]
    by: str
    reason: str
    run_key: str


@dataclass(frozen=True, slots=True)
class RepairedFile:
    """A file that was lost or altered: whether it is back, and in words what was done or why not."""

    batch_no: int
    file: EvidenceFile
    is_back: bool
    told: str


def repair_evidence(desk: RepairDesk, source_code: str, batch_no: int | None = None) -> list[RepairedFile]:
    """Repair what the check has noted as lost of a source, or what a direct look at one batch finds; what it came to, file by file.

    Oldest batch first, for what a batch undid stands in those before it. Safe to repeat. Raises UnknownNameError for a batch that is
    not of the source, SystemUnreachableError, and EvidenceError where nothing can be written.
    """
    database = desk.accounting.database
    noted: Mapping[int, frozenset[str] | None] = (
        noted_faults(database, source_code) if batch_no is None else {batch_no: None}
    )
    with database.transaction() as connection:
        batches = batches_of(connection, list(noted))
    if wrong := [number for number in noted if number not in batches or batches[number].source_code != source_code]:
        raise UnknownNameError(f"Source {source_code} has no batch {wrong[0]}; table tieout.batch lists them all.")
    part_count = desk.accounting.configuration.retention.everything_in_runs
    check = begin_check(database, source_code, desk.run_key, part_count, desk.by, is_everything=True)
    told = [each for number, batch in batches.items() for each in _repair_batch(desk, check, batch, noted[number])]
    finish_check(database, check)
    return told


def _repair_batch(
    desk: RepairDesk, check: Check, batch: BatchFacts, noted: frozenset[str] | None
) -> list[RepairedFile]:
    evidence = desk.accounting.evidence
    looked_at = [file for file in batch.files if noted is None or file.path in noted]
    faults = {file: evidence.find_fault(file) for file in looked_at}
    told = [
        RepairedFile(batch.batch_no, file, is_back=False, told=_altered(fault))
        for file, fault in faults.items()
        if fault and fault.kind == "altered"
    ]
    lost = [file for file, fault in faults.items() if fault and fault.kind == "lost"]
    with _scratch(desk) as folder:
        # What landed first: all else is worked out from it.
        for attempt in (_Landed, _Derived):
            wanted = [file for file in lost if (file.dataset in DATASETS) == (attempt is _Landed)]
            if wanted:
                made = attempt(desk, batch, folder).make(wanted)
                told += [_put_back(desk, batch, file, made) for file in wanted]
    for each in told:
        if each.is_back:
            faults[each.file] = None
    note_files(
        desk.accounting.database,
        batch.source_code,
        check,
        batch.batch_no,
        faults,
        desk.accounting.configuration.assignments(),
    )
    return told


@dataclass(slots=True)
class _Made:
    """Local files by dataset and bucket; and why there is none, or why it may differ."""

    files: dict[tuple[str, int], Path] = field(default_factory=dict)
    reasons: dict[EvidenceFile, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Landed:
    """Files of what a night landed, from billing."""

    desk: RepairDesk
    batch: BatchFacts
    folder: Path

    def make(self, wanted: list[EvidenceFile]) -> _Made:
        """Land the documents of the whole night again: rows of all buckets share the row groups of their files."""
        batch, made = self.batch, _Made()
        source = self.desk.accounting.configuration.sources.get(batch.source_code)
        if source is None:
            return _Made(reasons=dict.fromkeys(wanted, f"source {batch.source_code} is not configured any more"))
        try:
            desk = as_of_batch(self.desk.accounting, batch)
        except (ConfigurationError, EvidenceError) as error:
            return _Made(reasons=dict.fromkeys(wanted, f"its configuration cannot be read: {error}"))
        keys, buckets = self._keys(), {file.bucket for file in wanted}
        billing = self.desk.billing(batch.source_code)
        again = land_again(desk, billing, batch, source.tenant, keys, buckets, self.folder / "landed")
        made.files = again.files
        for file in wanted:
            changed = again.changed.get(file.bucket, [])
            if file.bucket not in keys:
                made.reasons[file] = (
                    "which documents it held is lost with it: of its bucket neither documents nor decisions are left"
                )
            elif changed:
                more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
                made.reasons[file] = (
                    f"of its documents {len(changed)} cannot be read again as they were accounted: {'; '.join(changed[:_NAMED])}{more}"
                )
            else:
                made.reasons[file] = (
                    "billing has all of its documents with the content that was accounted, but what means nothing to the books, or the order of "
                    "rows, is otherwise"
                )
        return made

    def _keys(self) -> dict[int, dict[UUID, Key]]:
        keys: dict[int, dict[UUID, Key]] = {}
        for file in self.batch.files:
            if file.dataset in ("decisions", "documents"):
                path = self.desk.accounting.evidence.fetch_or_fault(file)
                if not isinstance(path, FileFault):
                    keys[file.bucket] = keys.get(file.bucket, {}) | keys_in(path)
        return keys


@dataclass(frozen=True, slots=True)
class _Derived:
    """Files of what the engine made, worked out again."""

    desk: RepairDesk
    batch: BatchFacts
    folder: Path

    def make(self, wanted: list[EvidenceFile]) -> _Made:
        """Make the batch again; where its own evidence does not suffice for that, say what is missing."""
        try:
            with made_again(self.desk.accounting, self.batch.batch_no) as again:
                kept = {(name, bucket): self._keep(name, bucket, path) for name, bucket, path in again.written}
        except (ConfigurationError, EvidenceError, UnbalancedEntryError, UnknownNameError) as error:
            return _Made(reasons=dict.fromkeys(wanted, f"the batch cannot be made again: {error}"))
        code, made_by = self.desk.accounting.code_version, self.batch.code_version
        fact = "the same code" if code == made_by else f"code {code}; the batch is of code {made_by}"
        came_out = [file for file in wanted if (file.dataset, file.bucket) in kept]
        return _Made(kept, dict.fromkeys(came_out, f"made again by {fact}, it comes out otherwise"))

    def _keep(self, name: str, bucket: int, path: Path) -> Path:
        kept = self.folder / f"made-{name}-{bucket}.parquet"
        return Path(shutil.move(path, kept))


def _put_back(desk: RepairDesk, batch: BatchFacts, file: EvidenceFile, made: _Made) -> RepairedFile:
    path, evidence = made.files.get((file.dataset, file.bucket)), desk.accounting.evidence
    name = evidence.where(file.path)
    if path is None or _sha256(path) != file.sha256:
        reason = made.reasons.get(file, "nothing is left to make it from: it says what the batch went by")
        return RepairedFile(
            batch.batch_no, file, is_back=False, told=f"Evidence {name} stays lost: {reason}. {_RESTORE}"
        )
    # Told before it is done: whoever dies in between is told again by the next repair, and no file comes back untold.
    with desk.accounting.database.transaction() as connection:
        audit_log.note(
            connection,
            "repaired",
            "evidence",
            f"batch {batch.batch_no}",
            {"path": file.path, "sha256": file.sha256, "by": desk.by, "reason": desk.reason},
        )
    put = evidence.put(path, file.path, file.dataset, file.bucket)
    assert put == file, "the proof was its hash"
    return RepairedFile(
        batch.batch_no, file, is_back=True, told=f"Evidence {name} is back, with the SHA-256 on file, {file.sha256}."
    )


def _altered(fault: FileFault) -> str:
    return (
        f"{fault.fact}. Nothing is written over it: take it out of the evidence and keep it, for it is the trace of what happened; then "
        "repair again, or restore it from a backup."
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@contextmanager
def _scratch(desk: RepairDesk) -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="repair-", dir=desk.accounting.scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
