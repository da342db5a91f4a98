"""Evidence of several batches of one source, as views of a tie-out workspace."""

from __future__ import annotations

from collections.abc import Sequence

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.evidence.store import EvidenceStore
from include.ports.canonical import landed_schema
from include.store.database import Row
from include.subledger.engine import STORED
from include.tie_out.workspace import TieOutWorkspace


def offer_booked(work: TieOutWorkspace, evidence: EvidenceStore, batches: Sequence[Row]) -> None:
    """What the batches booked: a view of each stored dataset, by its name. A row has `manifest` and `batch_no`."""
    for dataset, schema in STORED.items():
        work.view(dataset, evidence.fetch([file for file, _ in _files(batches, "manifest", dataset)]), schema)


def offer_landed(work: TieOutWorkspace, evidence: EvidenceStore, batches: Sequence[Row], dataset: str) -> None:
    """What the batches landed of a dataset, each row with the number of its batch. A row has `landed` and `batch_no`."""
    found = _files(batches, "landed", dataset)
    paths = evidence.fetch([file for file, _ in found])
    work.view_of_batches(list(zip(paths, (number for _, number in found), strict=True)), landed_schema(dataset))


def fetch_landed(evidence: EvidenceStore, batches: Sequence[Row], dataset: str) -> list[str]:
    """Local files of what the batches landed of a dataset."""
    return evidence.fetch([file for file, _ in _files(batches, "landed", dataset)])


def _files(batches: Sequence[Row], column: str, dataset: str) -> list[tuple[EvidenceFile, int]]:
    return [
        (file, row["batch_no"])
        for row in batches
        for file in manifest_from_json(row[column] or [])
        if file.dataset == dataset
    ]
