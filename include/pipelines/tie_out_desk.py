"""What the checks of the tie-out share: the desks of a source and of a legal entity, and a batch with its files opened."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa

from include.config.configuration import Configuration
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.finance.chart import Chart
from include.finance.entity import LegalEntity
from include.finance.errors import EvidenceError, LeaseHeldError, NightUnfinishedError
from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.ports.billing import BillingSource
from include.ports.canonical import BUCKETS, DATASETS
from include.ports.erp import Erp
from include.store.database import FinanceDatabase
from include.store.entry_exceptions import Assignments
from include.store.tie_out_facts import EntityFacts, TiedBatch
from include.tie_out.workspace import TieOutWorkspace, open_workspace

EVERYTHING = "*"  # where a check does not tell legal entities, currencies or document types apart
NAMED = 5  # documents or entries named behind a difference; how many there are is always said
_SMALL = 200_000  # rows that fit in memory at once
_TOLD = 20  # differing cells that a message lists
# States of entries of ours that the ERP may have without a difference: the next run settles them.
ON_THE_WAY = ("sending", "in_doubt", "created_unreleased", "ready", "held")
LOOK_BACK = timedelta(
    days=62
)  # entries this old are compared one by one; a closed period that ended earlier cannot move
CELLS = 5  # differing cells of which the documents are looked up in billing, per check


@dataclass(frozen=True, slots=True)
class SourceDesk:
    """Where a source is tied out. `billing` is asked only where totals differ."""

    database: FinanceDatabase
    evidence: EvidenceStore
    configuration: Configuration
    source_code: str
    billing: Callable[[], BillingSource]

    @property
    def tenant(self) -> str:
        """The tenant of the source, part of each document's name."""
        return self.configuration.sources[self.source_code].tenant

    @contextmanager
    def workspace(self) -> Iterator[TieOutWorkspace]:
        """A workspace for one check, gone afterwards."""
        self.evidence.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix="tie-out-", dir=self.evidence.scratch))
        try:
            with open_workspace(folder) as work:
                yield work
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class EntityDesk:
    """Where a legal entity is tied out."""

    database: FinanceDatabase
    erp: Erp
    entity: LegalEntity
    chart: Chart
    assignments: Assignments

    @property
    def facts(self) -> EntityFacts:
        """What the finance database has of it."""
        return EntityFacts(self.database, self.entity.erp_code, self.entity.code)

    @property
    def currency(self) -> str:
        """The currency of its books."""
        return self.entity.functional_currency.code


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
            shape = schema.append(pa.field("document_uid", pa.uuid()))
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


def require_tied(subject: str, rows: Sequence[TieOutRow]) -> str:
    """Say that a source or legal entity ties out.

    Raises NightUnfinishedError naming the cells that differ, LeaseHeldError where another run must first be done.
    """
    differing = [row for row in rows if row.status is TieOutStatus.DIFFERENT]
    if differing:
        told = [row.message for row in differing[:_TOLD]]
        if len(differing) > _TOLD:
            told.append(f"and {len(differing) - _TOLD} cells more, in table tieout.tie_out")
        raise NightUnfinishedError(
            f"{subject} does not tie out:\n  " + "\n  ".join(told) + "\nEach is an open exception with its owner; "
            "it closes by itself when the hop ties out again (`make tie-out`)."
        )
    pending = [row.message for row in rows if row.is_unsettled]
    if pending:
        raise LeaseHeldError(f"{subject} cannot be tied out yet:\n  " + "\n  ".join(pending))
    alone = sum(row.status is TieOutStatus.SAME_PATH_ONLY for row in rows)
    return f"{subject} ties out: {len(rows) - alone} cells equal" + (
        f", {alone} by the same path only." if alone else "."
    )
