"""What landed: an attempt's files for the account stage, and the files that committed batches name."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.finance.errors import EvidenceError
from include.store.database import FinanceDatabase
from include.store.streams import AttemptKind


@dataclass(frozen=True, slots=True)
class LandedAttempt:
    """An attempt whose evidence is complete: where it lies and where its snapshot stood."""

    id: UUID
    source_code: str
    kind: AttemptKind
    read_instant: datetime
    horizon_from: int
    snapshot_rank: int
    system_identifier: str | None
    generation: int | None
    evidence_path: str
    files: tuple[EvidenceFile, ...]


def read_landed(database: FinanceDatabase, attempt_id: UUID) -> LandedAttempt:
    """A landed attempt by its id. Raises EvidenceError for one that is unknown or never landed whole."""
    with database.transaction() as connection:
        row = connection.execute(
            "select id, source_code, kind, read_instant, horizon_from, snapshot_rank, system_identifier, generation,"
            " evidence_path, manifest from attempt where id = %s",
            (attempt_id,),
        ).fetchone()
    if row is None or row["manifest"] is None:
        raise EvidenceError(
            f"Attempt {attempt_id} did not land whole, so there is nothing to account. Run the night again."
        )
    return LandedAttempt(**(row | {"files": tuple(manifest_from_json(row.pop("manifest")))}))


def evidence_of_batches(
    database: FinanceDatabase, batch_numbers: Sequence[int], dataset: str, buckets: Container[int]
) -> list[EvidenceFile]:
    """The files of one dataset and some buckets that these committed batches name."""
    return [file for _, file in numbered_evidence(database, batch_numbers, dataset, buckets)]


def numbered_evidence(
    database: FinanceDatabase, batch_numbers: Sequence[int], dataset: str, buckets: Container[int]
) -> list[tuple[int, EvidenceFile]]:
    """The same, each with the number of its batch."""
    with database.transaction() as connection:
        rows = connection.execute(
            "select batch_no, manifest from batch where batch_no = any(%s) order by batch_no", (list(batch_numbers),)
        ).fetchall()
    return [
        (row["batch_no"], file)
        for row in rows
        for file in manifest_from_json(row["manifest"])
        if file.dataset == dataset and file.bucket in buckets
    ]
