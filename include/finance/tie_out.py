"""The tie-out: six hops from billing to the ledger and between legal entities, each two places that must agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HOPS: dict[int, str] = {
    1: "billing's control totals = documents landed and registered",
    2: "documents landed = decided, by outcome",
    3: "subledger entries = journal lines",
    4: "journal entries = entries in the ERP",
    5: "cumulative subledger + foreign entries = the ERP's accounts",
    6: "owed to and by other legal entities = what they have of it",
}

# The exception that a difference of a hop is.
EXCEPTION_OF_HOP: dict[int, str] = {
    1: "control_totals_differ",
    2: "documents_not_decided",
    3: "journal_differs_from_subledger",
    4: "ledger_differs_from_journal",
    5: "account_differs_in_erp",
    6: "intercompany_not_zero",
}
FOREIGN_ENTRIES = (
    "foreign_entries"  # the check of hop 5 that finds other people's entries on accounts that are ours alone
)
EXCHANGE_CLEARING = "exchange_clearing"  # the check beside hop 5 that currency exchange clearing comes to nothing
SISTERS = "sisters"  # the check of hop 6, between legal entities
# Checks whose differences are an exception of their own.
EXCEPTION_OF_CHECK: dict[str, str] = {
    FOREIGN_ENTRIES: "foreign_entry_on_exclusive_account",
    EXCHANGE_CLEARING: "exchange_clearing_not_zero",
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

    `subject` is a document type, dataset, account code, journal category or legal entity, as `subject_type` says. `period_name` is an
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

    @property
    def at_risk_minor(self) -> int:
        """The largest amount by which the sides differ, in minor units."""
        left, right = self.left, self.right
        return max(
            abs(left.debit_minor - right.debit_minor),
            abs(left.credit_minor - right.credit_minor),
            abs(self.difference_minor),
        )

    @property
    def is_unsettled(self) -> bool:
        """Whether the night has to be looked at again. Between legal entities a leg may wait for its day, or for the other ERP."""
        return self.status is TieOutStatus.PENDING and self.check_name != SISTERS

    @property
    def exception_name(self) -> str:
        """The exception that a difference here is."""
        return EXCEPTION_OF_CHECK.get(self.check_name, EXCEPTION_OF_HOP[self.hop])

    @property
    def title(self) -> str:
        """The cell in words: hop, check, legal entity, subject, currency, period; `*` is left out."""
        parts = (self.legal_entity_code, self.subject, self.currency, self.period_name)
        return " ".join([f"hop {self.hop} {self.check_name}", *(part for part in parts if part and part != "*")])

    @property
    def message(self) -> str:
        """What was found, for a person."""
        return f"{self.title}: {self.explanation or 'the two sides differ'}"
