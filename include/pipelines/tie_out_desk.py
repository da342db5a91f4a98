"""What the checks of hops 1 to 3 share: the desk, a batch with its files read to the end, and rows that stand for a whole check."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa

from include.config.configuration import Configuration
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError
from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.ports.billing import BillingSource
from include.ports.canonical import BUCKETS, DATASETS
from include.store.database import FinanceDatabase
from include.store.tie_out_facts import TiedBatch
from include.tie_out.workspace import TieOutWorkspace, open_workspace

EVERYTHING = "*"  # where a check does not tell legal entities, currencies or document types apart
NAMED = 5  # documents or entries named behind a difference; how many there are is always said
_SMALL = 200_000  # rows that fit in memory at once
CELLS = 5  # differing cells of which the documents are looked up in billing, per check


@dataclass(frozen=True, slots=True)
class SourceDesk:
    """Where a source is tied out. `billing` is asked only where totals differ."""

    database: FinanceDatabase
    evidence: EvidenceStore
    configuration: Configuration
    scratch: Path
    source_code: str
    billing: Callable[[], BillingSource]

    @property
    def tenant(self) -> str:
        """The tenant of the source, part of each document's name."""
        return self.configuration.sources[self.source_code].tenant

    @contextmanager
    def workspace(self) -> Iterator[TieOutWorkspace]:
        """A workspace for one check, gone afterwards."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix="tie-out-", dir=self.scratch))
        try:
            with open_workspace(folder) as work:
                yield work
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class OpenedBatch:
    """A batch whose files were all read to their end. `lost` says by path what is wrong with those that differ."""

    batch: TiedBatch
    evidence: EvidenceStore
    lost: Mapping[str, str]

    def files(self, *datasets: str, bucket: int | None = None) -> list[EvidenceFile]:
        """The files of some datasets, of one bucket or of all."""
        return [file for file in self.batch.files if file.dataset in datasets and bucket in (None, file.bucket)]

    def paths(self, *datasets: str, bucket: int | None = None) -> list[str]:
        """Where these files can be read."""
        return self.evidence.fetch(self.files(*datasets, bucket=bucket))

    def buckets(self) -> Sequence[int | None]:
        """Bucket after bucket; all at once (None) where that is little."""
        return range(BUCKETS) if sum(file.rows for file in self.batch.files) > _SMALL else [None]

    def fault(self, *datasets: str) -> str | None:
        """What is wrong with the files of these datasets, if anything."""
        return next((self.lost[file.path] for file in self.files(*datasets) if file.path in self.lost), None)

    def view_landed(self, work: TieOutWorkspace, bucket: int | None) -> None:
        """Show the landed datasets of one bucket, or of all, as `landed_<dataset>`."""
        for name, schema in DATASETS.items():
            shape = schema.append(pa.field("document_uid", pa.string()))
            work.view(f"landed_{name}", self.paths(name, bucket=bucket), shape)

    def whole(self, hop: int, check: str, status: TieOutStatus, message: str) -> TieOutRow:
        """A row that stands for a whole check of the batch."""
        side, number = Side(0), self.batch.batch_no
        return TieOutRow(
            hop, check, EVERYTHING, EVERYTHING, "dataset", EVERYTHING, side, side, status, message, batch_no=number
        )


def open_batch(desk: SourceDesk, batch: TiedBatch) -> OpenedBatch:
    """Read every file of a batch to its end and compare its digest."""
    lost: dict[str, str] = {}
    for file in batch.files:
        try:
            desk.evidence.verify_content([file])
        except EvidenceError as error:
            lost[file.path] = str(error)
    return OpenedBatch(batch, desk.evidence, lost)


def status_of(*, is_equal: bool) -> TieOutStatus:
    """Equal, or different."""
    return TieOutStatus.EQUAL if is_equal else TieOutStatus.DIFFERENT
