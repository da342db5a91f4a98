"""Data Docs of a validated attempt, made from evidence by the suites and the configuration as they are now."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

from include.finance.errors import EvidenceError
from include.pipelines.validate import ValidationDesk, open_portion
from include.quality.frames import portions
from include.store.landed import read_landed
from include.store.validations import newest_validated


@dataclass(frozen=True, slots=True)
class BuiltDocs:
    """A site of Data Docs: its first page, and of which source and read instant it is."""

    index: Path
    source_code: str
    read_instant: datetime


def build_data_docs(
    desk: ValidationDesk, folder: Path, source_code: str | None = None, read_instant: datetime | None = None
) -> BuiltDocs:
    """Make the site in `folder` for the newest validated attempt, or the newest of a source or a read instant.

    Raises EvidenceError when there is none, or its landed files are lost.
    """
    attempt_id = newest_validated(desk.database, source_code, read_instant)
    if attempt_id is None:
        told = f" of source {source_code}" if source_code else ""
        told += f" at {read_instant.isoformat()}" if read_instant else ""
        raise EvidenceError(f"No attempt{told} was validated, so there is nothing to show. Run a night first.")
    # Great Expectations takes seconds to import.
    from include.quality.data_docs import DataDocs  # noqa: PLC0415
    from include.quality.rule import SuiteSettings  # noqa: PLC0415

    attempt = read_landed(desk.database, attempt_id)
    desk.evidence.verify(attempt.files)
    docs = DataDocs(SuiteSettings.of(desk.configuration), folder)
    scratch = Path(mkdtemp(prefix="data-docs-", dir=desk.scratch))
    try:
        for buckets in portions(attempt.files):
            with open_portion(desk, attempt, buckets, scratch) as frames:
                label = f"{attempt.source_code}, buckets {buckets[0]} to {buckets[-1]}"
                docs.add(frames, label, attempt.read_instant)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return BuiltDocs(docs.build(), attempt.source_code, attempt.read_instant)
