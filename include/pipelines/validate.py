"""Validate what an attempt has landed: frames from evidence, suites over them, findings into evidence.

Nothing counts when this is done: accounting reads the findings and decides. A try that dies leaves files that nobody
names; whoever comes next, this task again or accounting itself, judges anew, or takes what a whole try has written
down under the same configuration and code.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.config.configuration import Configuration
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError, SourceStoppedError
from include.ports.canonical import DATASETS
from include.quality.consequence import Consequence
from include.quality.findings import FINDINGS
from include.quality.frames import Frame, entity_table, open_frames, portions
from include.store.database import FinanceDatabase
from include.store.landed import LandedAttempt, read_landed
from include.store.validations import SuiteRun, Validation, find_validation, record_validation

if TYPE_CHECKING:
    from include.quality.judge import Judge, Judged

FINDINGS_DATASET = "findings"


@dataclass(frozen=True, slots=True)
class ValidationDesk:
    """Where validating works: database, evidence, configuration, version of the code, scratch folder."""

    database: FinanceDatabase
    evidence: EvidenceStore
    configuration: Configuration
    code_version: str
    scratch: Path


def validate_attempt(desk: ValidationDesk, attempt_id: UUID) -> Validation:
    """Judge one landed attempt, or take what an earlier try found under the same configuration and code.

    Raises SourceStoppedError when what the source gave contradicts itself, ExpectationBrokenError when a rule could not
    be evaluated, EvidenceError when landed files are lost or findings cannot be written, SystemUnreachableError.
    """
    validation = _found(desk, attempt_id) or _validate(desk, read_landed(desk.database, attempt_id))
    if validation.stopped_because:
        raise SourceStoppedError(validation.stopped_because)
    return validation


def validation_lines(validation: Validation) -> list[str]:
    """What a validation came to, a line per suite: documents, expectations, and how many were not met."""
    lines = []
    for suite in dict.fromkeys(run.suite for run in validation.suites):
        runs = [run for run in validation.suites if run.suite == suite]
        failing = sum(run.failing_document_count for run in runs)
        lines.append(
            f"{suite}: {max(run.expectation_count for run in runs)} expectations over "
            f"{sum(run.document_count for run in runs):,} documents, "
            + (f"{failing:,} of them fail {max(run.failed_count for run in runs)}" if failing else "all met")
        )
    return lines or ["nothing to judge"]


def _found(desk: ValidationDesk, attempt_id: UUID) -> Validation | None:
    found = find_validation(desk.database, attempt_id, desk.configuration.sha256, desk.code_version)
    if found is None:
        return None
    # Findings that were lost since can be made again from what landed.
    with suppress(EvidenceError):
        desk.evidence.verify(found.files)
        return found
    return None


def _validate(desk: ValidationDesk, attempt: LandedAttempt) -> Validation:
    desk.evidence.verify(attempt.files)
    scratch = Path(mkdtemp(prefix="validate-", dir=desk.scratch))
    validation_id = uuid4()
    try:
        run = _Run(desk, attempt, f"{attempt.evidence_path}/validate-{validation_id}", scratch)
        for buckets in portions(attempt.files):
            run.judge_portion(buckets)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    desk.evidence.verify(run.files)
    validation = Validation(
        id=validation_id,
        attempt_id=attempt.id,
        configuration_sha256=desk.configuration.sha256,
        code_version=desk.code_version,
        files=tuple(run.files),
        document_count=sum(each.document_count for each in run.suites if each.suite == "documents"),
        finding_count=sum(file.rows for file in run.files),
        stopped_because=run.reason_to_stop(),
        suites=tuple(run.suites),
    )
    record_validation(desk.database, validation)
    return validation


@contextmanager
def open_portion(
    desk: ValidationDesk, attempt: LandedAttempt, buckets: Sequence[int], scratch: Path
) -> Iterator[Iterator[Frame]]:
    """The frames of some buckets of a landed attempt."""
    landed = {
        name: desk.evidence.fetch_whole(
            [file for file in attempt.files if file.dataset == name and file.bucket in buckets and file.rows]
        )
        for name in DATASETS
    }
    with open_frames(landed, entity_table(desk.configuration, attempt.read_instant), scratch) as frames:
        yield frames


@dataclass(slots=True)
class _Run:
    """One try. Its folder in evidence is its own, so that what another try left is never mixed with it."""

    desk: ValidationDesk
    attempt: LandedAttempt
    folder: str
    scratch: Path
    files: list[EvidenceFile] = field(default_factory=list)
    suites: list[SuiteRun] = field(default_factory=list)
    stops: list[pa.Table] = field(default_factory=list)
    _judge: Judge | None = None

    def judge_portion(self, buckets: Sequence[int]) -> None:
        """Judge some buckets, and store their findings as one file if there are any."""
        local = self.scratch / f"findings-{buckets[0]}.parquet"
        with (
            open_portion(self.desk, self.attempt, buckets, self.scratch) as frames,
            pq.ParquetWriter(local, FINDINGS, compression="zstd") as writer,
        ):
            # Mapped, so that nobody holds a frame while the next is made.
            for judged in map(self._judged, frames):
                writer.write_table(judged.findings)
                self._note(judged, buckets[0])
        if pq.read_metadata(local).num_rows:
            self.files += self.desk.evidence.put_all([(FINDINGS_DATASET, buckets[0], local)], self.folder)

    def reason_to_stop(self) -> str | None:
        """Why nothing of the source may be accounted, with the first document of each rule and its cure; or None."""
        if not self.stops:
            return None
        found, rules = pa.concat_tables(self.stops), self.desk.configuration.exception_rules
        told = []
        for rule in sorted(found["rule"].unique().to_pylist()):
            broken = found.filter(pc.equal(found["rule"], rule))
            first = broken.slice(0, 1).to_pylist()[0]
            told.append(
                f"{rule}: {broken.num_rows:,} documents, first {first['document_type']} {first['native_id']} "
                f"{first['detail']}. {rules[rule].suggested_fix}"
            )
        return f"Source {self.attempt.source_code} is stopped and nothing of it is accounted. " + " ".join(told)

    def _note(self, judged: Judged, first_bucket: int) -> None:
        self.suites.append(
            SuiteRun(
                suite=judged.suite,
                first_bucket=first_bucket,
                document_count=judged.document_count,
                expectation_count=judged.expectation_count,
                failed_count=judged.failed_count,
                failing_document_count=judged.failing_document_count,
                frame_seconds=round(judged.frame_seconds, 3),
                judge_seconds=round(judged.judge_seconds, 3),
            )
        )
        stops = judged.findings.filter(pc.equal(judged.findings["consequence"], Consequence.STOP.value))
        if stops.num_rows:
            self.stops.append(stops)

    def _judged(self, frame: Frame) -> Judged:
        return self._judge_of_all().judge(frame)

    def _judge_of_all(self) -> Judge:
        if self._judge is None:
            # It says hundreds of things of no interest while it is imported and used.
            logging.getLogger("great_expectations").setLevel(logging.WARNING)
            # Great Expectations takes seconds to import: a night without documents does without it.
            from include.quality.judge import Judge  # noqa: PLC0415
            from include.quality.rule import SuiteSettings  # noqa: PLC0415

            self._judge = Judge(SuiteSettings.of(self.desk.configuration), self.attempt.source_code)
        return self._judge
