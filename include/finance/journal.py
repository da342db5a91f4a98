"""Journal entries: dated, balanced sets of lines of one legal entity. An unbalanced one cannot be built."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from include.finance.errors import UnbalancedEntryError
from include.finance.money import Currency, Money


class JournalCategory(StrEnum):
    """The closed list of journal categories; each is mapped to a journal, source or type of the ERP."""

    INVOICES = "invoices"
    CREDITS = "credits"
    RECEIPTS = "receipts"
    APPLICATIONS = "applications"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    FEES = "fees"
    PAYOUTS = "payouts"
    RECOGNITION = "recognition"
    REVALUATION = "revaluation"
    LATE = "late"
    REVERSAL = "reversal"
    INTERCOMPANY = "intercompany"
    ADJUSTING = "adjusting"
    ROUNDING = "rounding"
    SUMMARY = "summary"  # several of the others in one entry


class ReversalStyle(StrEnum):
    """How a reversal is written: debit and credit change sides, or stay and carry negative amounts (red ink)."""

    SWAP = "swap"
    NEGATIVE = "negative"


class EntryState(StrEnum):
    """Where a journal entry stands on its way to the ledger."""

    READY = "ready"
    HELD = "held"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    CREATED_UNRELEASED = "created_unreleased"
    POSTED = "posted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    DUPLICATED = "duplicated"
    SUPERSEDED = "superseded"
    REVERSED = "reversed"


class HeldReason(StrEnum):
    """Why an entry waits without anything being wrong with it."""

    FUTURE_DATE = "future_date"
    PERIOD_CLOSED = "period_closed"
    HOLD_FOR_REOPEN = "hold_for_reopen"
    FAILED_PREFLIGHT = "failed_preflight"
    AWAITS_ENTRY = "awaits_entry"


# From each state, the states that may follow. `verified -> reversed` is by a new entry, never by editing.
TRANSITIONS: dict[EntryState, frozenset[EntryState]] = {
    EntryState.READY: frozenset({EntryState.SENDING, EntryState.HELD, EntryState.IN_DOUBT, EntryState.SUPERSEDED}),
    EntryState.HELD: frozenset({EntryState.READY, EntryState.SUPERSEDED}),
    EntryState.SENDING: frozenset(
        {
            EntryState.POSTED,
            EntryState.CREATED_UNRELEASED,
            EntryState.IN_DOUBT,
            EntryState.REJECTED,
            EntryState.HELD,
            EntryState.DUPLICATED,
        }
    ),
    EntryState.IN_DOUBT: frozenset(
        {
            EntryState.POSTED,
            EntryState.READY,
            EntryState.CREATED_UNRELEASED,
            EntryState.DUPLICATED,
            EntryState.REJECTED,
        }
    ),
    EntryState.CREATED_UNRELEASED: frozenset(
        {EntryState.POSTED, EntryState.IN_DOUBT, EntryState.REJECTED, EntryState.DUPLICATED, EntryState.HELD}
    ),
    EntryState.POSTED: frozenset(
        {EntryState.VERIFIED, EntryState.REJECTED, EntryState.DUPLICATED, EntryState.IN_DOUBT}
    ),
    EntryState.VERIFIED: frozenset({EntryState.REVERSED, EntryState.IN_DOUBT, EntryState.DUPLICATED}),
    EntryState.REJECTED: frozenset({EntryState.READY, EntryState.SUPERSEDED, EntryState.IN_DOUBT}),
    EntryState.DUPLICATED: frozenset({EntryState.IN_DOUBT}),
    EntryState.SUPERSEDED: frozenset(),
    EntryState.REVERSED: frozenset(),
}


_FEWEST_LINES = 2  # a debit and a credit


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One leg of an entry. Debit is positive, credit negative; `party_key` names a summary customer if one is due.

    `functional` is the amount in the legal entity's own currency; None where `amount` is in it already.
    """

    account_code: str
    amount: Money
    text: str
    department: str | None = None
    region: str | None = None
    product_line: str | None = None
    party_key: str | None = None
    functional: Money | None = None

    @property
    def in_books(self) -> Money:
        """The amount in the currency in which the legal entity keeps its books."""
        return self.functional or self.amount


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A dated set of lines for one legal entity in one currency, balanced in it and in the entity's own.

    `reference` is short (16 capital letters and digits) and is what the ERP carries; `content_sha256` covers date,
    accounts, dimensions and amounts. With `style` negative what its lines debit is shown as a negative credit, and what
    they credit as a negative debit; their amounts here keep their signs. Raises UnbalancedEntryError when debits and
    credits differ.
    """

    id: UUID
    reference: str
    legal_entity_code: str
    category: JournalCategory
    posting_date: date
    period_name: str
    currency: Currency
    description: str
    lines: tuple[JournalLine, ...]
    content_sha256: bytes
    style: ReversalStyle = ReversalStyle.SWAP

    def __post_init__(self) -> None:
        if len(self.lines) < _FEWEST_LINES:
            raise UnbalancedEntryError(
                f"Journal entry {self.reference} of legal entity {self.legal_entity_code} has fewer than two lines."
            )
        if any(line.amount.currency != self.currency for line in self.lines):
            raise UnbalancedEntryError(
                f"Journal entry {self.reference} of legal entity {self.legal_entity_code} mixes currencies; an entry has one."
            )
        if len({line.in_books.currency for line in self.lines}) > 1:
            raise UnbalancedEntryError(
                f"Journal entry {self.reference} of legal entity {self.legal_entity_code} has functional amounts in several currencies."
            )
        self._require_balance([line.amount for line in self.lines], "check the posting rules that made it")
        self._require_balance([line.in_books for line in self.lines], "check the rates that it was made with")

    @property
    def functional_currency(self) -> Currency:
        """The currency in which the legal entity keeps its books."""
        return self.lines[0].in_books.currency

    @property
    def functional_debit(self) -> Money:
        """The total of the debits in the books."""
        minor = sum(line.in_books.minor for line in self.lines if line.in_books.minor > 0)
        return Money(minor, self.functional_currency)

    def net_by_account(self) -> dict[str, int]:
        """Net minor units per account in the books: what a read-back from the ERP must show."""
        net: dict[str, int] = {}
        for line in self.lines:
            net[line.account_code] = net.get(line.account_code, 0) + line.in_books.minor
        return net

    def _require_balance(self, amounts: Sequence[Money], cure: str) -> None:
        difference = sum(amount.minor for amount in amounts)
        if difference:
            raise UnbalancedEntryError(
                f"Journal entry {self.reference} of legal entity {self.legal_entity_code} is out of balance by "
                f"{Money(difference, amounts[0].currency)}; {cure}."
            )


def reference_of(entry_id: UUID) -> str:
    """The 16-character reference an entry carries in the ERP: base32 of 80 bits of a SHA-256 of its id."""
    digest = hashlib.sha256(entry_id.bytes).digest()
    return base64.b32encode(digest[:10]).decode("ascii")
