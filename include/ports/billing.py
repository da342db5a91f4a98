"""What Tieout asks of a billing system: one consistent reading, streamed as Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SourcePosition:
    """Where one snapshot stands in the life of a source.

    `system_identifier` names the database itself and its line of life: restored to an earlier moment, it is another one.
    `horizon` is the oldest transaction that the snapshot cannot have seen completed (the next reading starts there);
    `rank` counts the completed transactions, so of two snapshots of one database the later has the higher rank.
    """

    system_identifier: str
    horizon: int
    rank: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One snapshot of a billing system: its position and its datasets.

    `datasets` maps each name of `include.ports.canonical.DATASETS` to a function that streams record batches of that
    dataset's schema. They share one snapshot; call them one after the other. `control_totals` streams what the source
    counts by other paths than its rows, of documents dated from a day on, in the schema CONTROL_TOTALS; None: nothing.
    """

    position: SourcePosition
    datasets: Mapping[str, Callable[[], Iterator[pa.RecordBatch]]]
    control_totals: Callable[[date], Iterator[pa.RecordBatch]] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of billing's totals, or with no date a whole document type of a legal entity and currency.

    `legal_entity_code` is UNASSIGNED for documents of which billing names none.
    """

    document_type: str
    legal_entity_code: str
    document_date: date | None
    currency: str


class BillingSource(Protocol):
    """A billing system that can be read in one snapshot."""

    def position(self) -> SourcePosition:
        """Where the source stands now, without reading documents. Raises SystemUnreachableError."""
        ...

    def read(
        self,
        since_horizon: int,
        retry_documents: Sequence[tuple[str, str]],
        owners_of_deleted: Callable[[Sequence[tuple[str, str]]], Sequence[tuple[str, str]]],
    ) -> AbstractContextManager[Reading]:
        """Open one snapshot and offer everything that changed at or after `since_horizon`, by transaction.

        A document is read whole: parent and all children, when any of them changed. `retry_documents` are (document
        type, native id) pairs read in any case. `owners_of_deleted` gets (dataset, row id) of lines, taxes and
        applications that were deleted for good, and answers with the (document type, native id) of the documents they
        stood on. 0 reads everything, and asks nobody.

        Raises SystemUnreachableError, CredentialsRefusedError, SourceUnreadableError.
        """
        ...

    def cell_documents(self, cell: Cell, since_horizon: int = 0) -> pa.Table:
        """The documents of one cell as they are now, written at or after a horizon. Asked for when totals differ.

        Columns native_id, total_minor, row_xid, is_live. Raises as `read` does.
        """
        ...
