"""Check evidence: read files that committed batches name to their end, compare their SHA-256, and note what was found.

A part of all files at a time, chosen by the hash of their paths, so that a number of runs in a row reads everything once. What was
found lost or altered is read again each time: its exception closes when the file is back. A run may die at any line: what it
noted stands, and tried again it goes on there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC

from include.config.configuration import Configuration
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore, FileFault
from include.finance.errors import EvidenceError, UnknownNameError
from include.store.database import FinanceDatabase
from include.store.evidence_checks import (
    BatchFiles,
    Check,
    EvidenceStanding,
    batches_of_source,
    begin_check,
    evidence_standing,
    finish_check,
    note_files,
    sources_with_evidence,
)

_FILES_AT_ONCE = 64  # noted in one transaction: what a run that dies has to read again


@dataclass(frozen=True, slots=True)
class CheckDesk:
    """Where evidence is checked."""

    database: FinanceDatabase
    evidence: EvidenceStore
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class EvidenceChecked:
    """What a run has read of a source, and what is known of all of its evidence now."""

    source_code: str
    check: Check
    file_count: int
    byte_count: int
    fault_count: int
    standing: EvidenceStanding

    @property
    def text(self) -> str:
        """In a sentence or two."""
        check, standing = self.check, self.standing
        if standing.oldest_at is None and not standing.unread_count:
            return f"Source {self.source_code}: there is no evidence yet."
        part = "everything" if check.part_no is None else f"part {check.part_no + 1} of {check.part_count}"
        fault = f"{self.fault_count} of them lost or altered" if self.fault_count else "all of them whole"
        read = f"Source {self.source_code}, {part}: {self.file_count} files ({self.byte_count:,} bytes) read to their end, {fault}."
        if standing.unread_count or standing.oldest_at is None:
            return f"{read} {standing.unread_count} of {standing.batch_count} batches were never read whole yet."
        return f"{read} All {standing.batch_count} batches have been read whole since {standing.oldest_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


def sources_to_check(desk: CheckDesk, asked: Collection[str] = ()) -> list[str]:
    """The sources asked for, or all: also one that is configured no more, for its evidence is kept. Raises UnknownNameError."""
    known = {*desk.configuration.sources, *sources_with_evidence(desk.database)}
    if unknown := sorted(set(asked) - known):
        raise UnknownNameError(f"There is no source {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
    return sorted(asked or known)


def check_evidence(
    desk: CheckDesk, source_code: str, run_key: str, actor: str, *, is_everything: bool
) -> EvidenceChecked:
    """Read the next part of a source's evidence, or everything, and note what was found.

    `run_key` names the run: called again with it, a check that died goes on, and one that was finished reads its part again. Raises
    SystemUnreachableError, CredentialsRefusedError, and EvidenceError where the place of the evidence is not there at all.
    """
    part_count = desk.configuration.retention.everything_in_runs
    check = begin_check(desk.database, source_code, run_key, part_count, actor, is_everything=is_everything)
    for batch in batches_of_source(desk.database, source_code, check):
        _check_batch(desk, source_code, check, batch)
    counts = finish_check(desk.database, check)
    return EvidenceChecked(source_code, check, *counts, evidence_standing(desk.database, source_code))


def require_whole(checked: EvidenceChecked) -> None:
    """Raise EvidenceError that names what is lost or altered of a source, as far as is known."""
    standing = checked.standing
    if not standing.fault_count:
        return
    more = standing.fault_count - len(standing.findings)
    told = [*standing.findings, *([f"and {more} more, in table tieout.evidence_file_check"] if more else [])]
    counted = "1 file" if standing.fault_count == 1 else f"{standing.fault_count} files"
    raise EvidenceError(
        f"{counted} of the evidence of source {checked.source_code} lost or altered:\n  "
        + "\n  ".join(told)
        + "\nEach batch has an open exception with its owner; it closes by itself when the files are back and were read again "
        "(`make check-evidence`)."
    )


def is_in_part(path: str, part_no: int, part_count: int) -> bool:
    """Whether a file belongs to a part: by the hash of its path alone, so that every run cuts alike."""
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8]) % part_count == part_no


def _check_batch(desk: CheckDesk, source_code: str, check: Check, batch: BatchFiles) -> None:
    chosen = [file for file in batch.files if _is_chosen(file, check, batch)]
    for start in range(0, len(chosen), _FILES_AT_ONCE):
        found: dict[EvidenceFile, FileFault | None] = {
            file: desk.evidence.find_fault(file) for file in chosen[start : start + _FILES_AT_ONCE]
        }
        note_files(desk.database, source_code, check, batch.batch_no, found, desk.configuration.assignments())


def _is_chosen(file: EvidenceFile, check: Check, batch: BatchFiles) -> bool:
    if file.path in batch.done:
        return False
    is_ours = check.part_no is None or is_in_part(file.path, check.part_no, check.part_count)
    return is_ours or file.path in batch.faulty
