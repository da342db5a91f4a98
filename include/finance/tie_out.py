"""The tie-out: five hops from billing to the ledger, each two places that must agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HOPS: dict[int, str] = {
    1: "billing's control totals = documents landed and registered",
    2: "documents landed = decided, by outcome",
    3: "subledger entries = journal lines",
    4: "journal entries = entries in the ERP",
    5: "cumulative subledger + foreign entries = the ERP's accounts",
}


class TieOutStatus(StrEnum):
    """What a check found. `same_path_only`: nothing independent to compare with; `pending`: another run is at it."""

    EQUAL = "equal"
    DIFFERENT = "different"
    PENDING = "pending"
    SAME_PATH_ONLY = "same_path_only"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a check. Minor units, debit and credit both positive; hops 1 and 2 put document totals in debit."""

    count: int | None = None
    debit_minor: int = 0
    credit_minor: int = 0


@dataclass(frozen=True, slots=True)
class TieOutRow:
    """One cell of a check: the two sides, whether they agree, and what lies behind it.

    `subject` is a document type, dataset, account code or journal category, as `subject_type` says. `period_name` is an
    accounting period, in hop 1 the month of the document date.
    """

    hop: int
    check_name: str
    legal_entity_code: str
    currency: str
    subject_type: str
    subject: str
    left: Side
    right: Side
    status: TieOutStatus
    explanation: str = ""
    period_name: str = ""
    batch_no: int | None = None

    @property
    def difference_minor(self) -> int:
        """Net of the left side less net of the right one, in minor units."""
        left, right = self.left, self.right
        return left.debit_minor - left.credit_minor - right.debit_minor + right.credit_minor
