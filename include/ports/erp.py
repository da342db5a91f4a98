"""What Tieout asks of an ERP. One adapter per product implements it; one contract suite tests them all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from include.finance.entity import LegalEntity
from include.finance.journal import JournalEntry, ReversalStyle
from include.finance.period import AccountingPeriod


class CurrencyMode(StrEnum):
    """What an ERP's entries can carry of a foreign currency.

    `functional_only` (until an ERP proves more): amounts in the company's currency; the transaction's stand in the line
    text. `one_rate_per_entry`: the header has a currency and a rate. `amounts_per_line`: both amounts on each line.
    """

    FUNCTIONAL_ONLY = "functional_only"
    ONE_RATE_PER_ENTRY = "one_rate_per_entry"
    AMOUNTS_PER_LINE = "amounts_per_line"


@dataclass(frozen=True, slots=True)
class ErpLimits:
    """What an ERP can take.

    `max_request_seconds` bounds how long the ERP may go on with a request after the last byte was sent: an entry in
    doubt is not asked for before. `answer_seconds` is how long the adapter itself may be busy with one write: a lease
    must last longer. `lines_per_entry`, `reference_length` and `text_length` are counts. `reversal_styles`: how it lets a
    reversal be written.
    """

    lines_per_entry: int
    max_request_seconds: int
    answer_seconds: int
    reference_length: int
    text_length: int
    currency_mode: CurrencyMode = CurrencyMode.FUNCTIONAL_ONLY
    reversal_styles: frozenset[ReversalStyle] = frozenset({ReversalStyle.SWAP})


class LedgerState(StrEnum):
    """Whether an ERP entry has changed balances yet."""

    DRAFT = "draft"
    POSTED = "posted"


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry as the ERP lists it: its own id, our reference, its number once posted."""

    erp_id: str
    reference: str
    state: LedgerState
    number: str | None
    posting_date: date | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line as the ERP keeps it; debit positive, credit negative, in minor units of the entity's currency.

    With `is_negative` the ERP shows it as a negative amount on the other side: a debit as a negative credit.
    """

    account_code: str
    amount_minor: int
    text: str
    is_negative: bool = False

    @property
    def sides(self) -> tuple[int, int]:
        """What it adds to the debits and to the credits of its account, as the ERP shows it."""
        if (self.amount_minor > 0) != self.is_negative:
            return self.amount_minor, 0
        return 0, -self.amount_minor


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An entry read back from the ERP, with its lines. `entered_by` is filled where other people's entries are asked for."""

    header: PostedEntry
    period_name: str
    lines: tuple[LedgerLine, ...]
    entered_by: str = ""

    def net_by_account(self) -> dict[str, int]:
        """Net minor units per account, to set against what we meant to post."""
        net: dict[str, int] = {}
        for line in self.lines:
            net[line.account_code] = net.get(line.account_code, 0) + line.amount_minor
        return net


@dataclass(frozen=True, slots=True)
class Movement:
    """What all posted entries of a period, whoever made them, moved on one account, in minor units.

    Debits and credits are both positive, less what stands there in negative amounts.
    """

    account_code: str
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class ErpAccount:
    """An account of the ERP's chart: whether it takes entries, and whether its lines need a party.

    `party_name` is the party that the configuration gives to our lines on this account, if any.
    """

    code: str
    name: str
    is_active: bool
    is_party_required: bool
    party_name: str | None = None


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """What the ERP owns and our rules must fit: accounts, journals by category, currency and its decimals."""

    accounts: tuple[ErpAccount, ...]
    journal_categories: frozenset[str]
    currency_code: str
    currency_exponent: int


class ErpPeriodAdmin(Protocol):
    """Closing and opening periods in an ERP, by a login of its own. Each may raise SystemUnreachableError or CredentialsRefusedError.

    Done already, each changes nothing. Raises EntryRefusedError where the ERP refuses: its message names the fact.
    """

    def close_period(self, entity: LegalEntity, name: str) -> None:
        """Close a standard period for everybody; it can be opened again."""
        ...

    def reopen_period(self, entity: LegalEntity, name: str) -> None:
        """Open a period that was closed, with all that has to be open for entries to be taken."""
        ...

    def lock_period(self, entity: LegalEntity, name: str) -> None:
        """Lock a closed period for good: nobody opens it again."""
        ...


class Erp(Protocol):
    """A general ledger behind a network API.

    Every method may raise SystemUnreachableError or CredentialsRefusedError. `entity` is always one of ours; the
    adapter knows which company of the ERP it is.
    """

    limits: ErpLimits

    def references(self, entity: LegalEntity, since: date) -> Mapping[str, Sequence[PostedEntry]]:
        """All entries of our making dated on or after `since`, drafts too, by reference. One bulk call."""
        ...

    def find(self, entity: LegalEntity, reference: str) -> Sequence[PostedEntry]:
        """All entries with this reference: none, one, or several (then nobody may go on)."""
        ...

    def await_turn(self) -> None:
        """Wait until the ERP may be asked the next thing, at the pace set for it; what is asked next leaves without delay.

        Stands before a lease is taken, which must not run out in a queue. Raises SystemUnreachableError where the turn is too far
        off: the ERP has asked for rest.
        """
        ...

    def create(self, entity: LegalEntity, entry: JournalEntry) -> PostedEntry:
        """Create the entry; a draft where the ERP has two steps.

        Raises OutcomeUnknownError, EntryRefusedError, PeriodClosedError.
        """
        ...

    def release(self, entity: LegalEntity, draft: PostedEntry) -> PostedEntry:
        """Turn a draft into a posted entry with its number; releasing it again changes nothing.

        Raises OutcomeUnknownError, EntryRefusedError, PeriodClosedError.
        """
        ...

    def delete_draft(self, entity: LegalEntity, draft: PostedEntry) -> None:
        """Delete a draft that was never released; a posted entry is never deleted."""
        ...

    def read_back(self, entity: LegalEntity, posted: PostedEntry) -> LedgerEntry:
        """The entry as the ledger has it now: number, state, date, period, lines."""
        ...

    def read_back_many(self, entity: LegalEntity, posted: Sequence[PostedEntry]) -> Sequence[LedgerEntry]:
        """The same for many entries in few calls; those that the ERP no longer has are left out."""
        ...

    def periods(self, entity: LegalEntity) -> Sequence[AccountingPeriod]:
        """All standard periods of the company."""
        ...

    def reference_data(self, entity: LegalEntity) -> ReferenceData:
        """Accounts, journals and currency of the company."""
        ...

    def balances(self, entity: LegalEntity, until: date) -> Mapping[str, int]:
        """Posted balance per account from the beginning up to and including a day, in minor units, debit positive."""
        ...

    def movements(self, entity: LegalEntity, period: str, accounts: Collection[str]) -> Sequence[Movement]:
        """What was moved on these accounts in a period, by everybody's posted entries; accounts without any left out."""
        ...

    def entries(
        self, entity: LegalEntity, period: str, accounts: Collection[str], since: date
    ) -> Sequence[LedgerEntry]:
        """Everybody's posted entries of a period dated on or after `since` that touch these accounts.

        With their lines on these accounts only, and who entered each.
        """
        ...
