"""The sample billing system in memory: tables of rows, and the changes of one stage after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid5

from include.sample.company.cash_rows import Dispute, Payment, Payout, ProcessorFee, Refund, StatusHistory
from include.sample.company.rows import CreditNote, Invoice, Mutable, Row

_NAMESPACE = UUID("6f1c2f0e-6d1c-5c3e-9d6a-7a6b0c5f7e21")
DOCUMENT_TYPES: dict[type[Row], str] = {
    Invoice: "invoice",
    CreditNote: "credit_memo",
    Payment: "payment",
    Refund: "refund",
    Dispute: "dispute",
    ProcessorFee: "processor_fee",
    Payout: "payout",
}
R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Change:
    """What a stage did to one row: wrote it anew (`before` is None), changed it, or deleted it (`after` is None)."""

    before: Row | None
    after: Row | None

    @property
    def row(self) -> Row:
        """The row as it is, or as it last was."""
        row = self.after or self.before
        assert row is not None
        return row


class Billing:
    """All rows of the sample billing system by table and id; rows are never edited, only replaced.

    Ids derive from `seed` and a name, so one seed always gives the same company.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.specials: dict[str, tuple[str, UUID]] = {}  # name of a special document -> its type and id
        self._rows: dict[str, dict[UUID, Row]] = defaultdict(dict)
        self._children: dict[tuple[str, UUID], list[UUID]] = defaultdict(list)
        self._changes: dict[UUID, Change] = {}
        self._clock: datetime | None = None

    def key(self, name: str) -> UUID:
        """The id of what is called `name`."""
        return uuid5(_NAMESPACE, f"{self.seed}/{name}")

    def special(self, name: str, row: R) -> R:
        """Remember a document that stands for a case of its own under a name."""
        self.specials[name] = (DOCUMENT_TYPES[type(row)], row.id)
        return row

    def named(self, kind: type[R], name: str) -> R:
        """The special document with this name, as it is now."""
        return self.get(kind, self.specials[name][1])

    # Stages

    def begin(self, clock: datetime) -> None:
        """Start a stage: what is written from now on says that it was written at `clock`."""
        self._clock, self._changes = clock, {}

    def changes(self) -> list[Change]:
        """The net changes since the stage began, one per row."""
        return list(self._changes.values())

    def snapshot(self) -> Billing:
        """A copy as of now, which later changes leave alone."""
        copy = Billing(self.seed)
        copy.specials = dict(self.specials)
        for table, rows in self._rows.items():
            copy._rows[table] = dict(rows)
        for parent, children in self._children.items():
            copy._children[parent] = list(children)
        return copy

    # Rows

    def write(self, row: R) -> R:
        """Insert a row, or replace the one with its id."""
        assert self._clock is not None, "begin a stage first"
        before = self._rows[row.table].get(row.id)
        row = replace(row, created_at=self._clock if before is None else before.created_at)
        if isinstance(row, Mutable):
            row = replace(row, updated_at=self._clock)
        if before is None:
            for column in row.parents:
                parent = getattr(row, column)
                if parent is not None:
                    self._children[row.table, parent].append(row.id)
        self._rows[row.table][row.id] = row
        self._note(before, row)
        self._keep_history(before, row)
        return row

    def delete(self, row: Row) -> None:
        """Delete a row for good."""
        self._note(self._rows[row.table].pop(row.id), None)

    def get(self, kind: type[R], key: UUID) -> R:
        """The row with this id."""
        row = self._rows[kind.table][key]
        assert isinstance(row, kind)
        return row

    def find(self, kind: type[R], key: UUID) -> R | None:
        """The row with this id, or None."""
        row = self._rows[kind.table].get(key)
        assert row is None or isinstance(row, kind)
        return row

    def all(self, kind: type[R]) -> Sequence[R]:
        """All rows of a table in the order in which they were written."""
        return [row for row in self._rows[kind.table].values() if isinstance(row, kind)]

    def children(self, kind: type[R], parent: UUID) -> Sequence[R]:
        """The rows of a table that belong to `parent`, softly deleted ones included."""
        found = (self.find(kind, key) for key in self._children.get((kind.table, parent), ()))
        return [row for row in found if row is not None]

    def _note(self, before: Row | None, after: Row | None) -> None:
        key = (after or before or Row(id=_NAMESPACE)).id
        if key in self._changes:
            before = self._changes.pop(key).before
        if before is not None or after is not None:
            self._changes[key] = Change(before, after)

    def _keep_history(self, before: Row | None, row: Row) -> None:
        if not isinstance(row, (Invoice, CreditNote, Payment, Refund)):
            return
        if isinstance(before, type(row)) and before.status == row.status:
            return
        assert self._clock is not None
        amount = row.total_minor if isinstance(row, (Invoice, CreditNote)) else row.amount_minor
        key = self.key(f"status/{row.id}/{row.status}/{self._clock.isoformat()}")
        kind = DOCUMENT_TYPES[type(row)]
        self.write(
            StatusHistory(
                id=key, document_type=kind, document_id=row.id, status=row.status, at=self._clock, amount_minor=amount
            )
        )
