"""What a controller signs for a legal entity and period: figures, checks, what is open, and who approved what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from include.finance.chart import Account
from include.finance.flux import Flux
from include.finance.money import Currency, Money
from include.finance.rollforward import Rollforward
from include.finance.tie_out import TieOutRow, TieOutStatus
from include.finance.trial_balance import TrialBalance


@dataclass(frozen=True, slots=True)
class Check:
    """Two figures that must be the same, in minor units."""

    what: str
    one: str
    other: str
    currency: Currency
    one_minor: int
    other_minor: int

    @property
    def difference_minor(self) -> int:
        """The one less the other."""
        return self.one_minor - self.other_minor


@dataclass(frozen=True, slots=True)
class UnpostedEntries:
    """Entries of the period that the ERP has not confirmed, of one state and category; the total is in the books' own currency."""

    state: str
    category: str
    entry_count: int
    debit_minor: int


@dataclass(frozen=True, slots=True)
class OpenException:
    """Something that a person must decide. Money at risk is in minor units of `currency`, which may be unknown."""

    severity: str
    category: str
    owner: str
    currency: str
    at_risk_minor: int
    subject: str
    message: str
    suggested_fix: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A word that a person gave on this period's entries, or on the package."""

    at: datetime
    person: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class JournalSum:
    """The posted entries of one category; debits in the books' own currency."""

    category: str
    entry_count: int
    line_count: int
    document_count: int
    debit_minor: int


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of a posted entry, with what its entry says. Debit positive, in minor units."""

    posting_date: date
    reference: str
    erp_number: str
    category: str
    state: str
    line_no: int
    account_code: str
    text: str
    currency: str
    exponent: int
    amount_minor: int
    functional_minor: int
    document_count: int
    is_negative: bool

    @property
    def sides(self) -> tuple[int, int]:
        """Debit and credit in the books' own currency; of a reversal in negative amounts the side that it takes back, with a minus."""
        debit, credit = max(self.functional_minor, 0), max(-self.functional_minor, 0)
        return (-credit, -debit) if self.is_negative else (debit, credit)


@dataclass(frozen=True, slots=True)
class ClosePackage:
    """The close of a legal entity and period. `changed_at` is when an entry dated by the period's end last changed, not when it was read."""

    legal_entity_code: str
    legal_entity_name: str
    period_name: str
    start_date: date
    end_date: date
    before_name: str | None
    changed_at: datetime | None
    accounts: Mapping[str, Account]
    trial_balance: TrialBalance
    journals: tuple[JournalSum, ...]
    rollforwards: tuple[Rollforward, ...]
    flux: tuple[Flux, ...]
    checks: tuple[Check, ...]
    tied_at: datetime | None
    tie_out: tuple[TieOutRow, ...]
    unposted: tuple[UnpostedEntries, ...]
    exceptions: tuple[OpenException, ...]
    approvals: tuple[Approval, ...]

    @property
    def currency(self) -> Currency:
        """The books' own currency."""
        return self.trial_balance.currency

    @property
    def differing(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if check.difference_minor)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """What stands in the way of signing, for a person; nothing where all agrees, is posted, is tied out, and waits for nobody."""
        unequal = sum(row.status in (TieOutStatus.DIFFERENT, TieOutStatus.PENDING) for row in self.tie_out)
        unposted = sum(each.entry_count for each in self.unposted)
        facts = [
            f"{check.what}: {check.one} and {check.other} differ by {Money(check.difference_minor, check.currency)}"
            for check in self.differing
        ]
        facts += [f"entries of the period that are not posted: {unposted:,}"] if unposted else []
        if self.tied_at is None:
            facts.append("nothing was tied out yet")
        elif self.changed_at is not None and self.changed_at > self.tied_at:
            facts.append("entries changed after the last tie-out")
        facts += [f"checks of the tie-out that are not equal: {unequal:,}"] if unequal else []
        facts += [f"open exceptions: {len(self.exceptions):,}"] if self.exceptions else []
        return tuple(facts)

    def name_of(self, account_code: str) -> str:
        """What an account is called; nothing where the chart does not have it."""
        account = self.accounts.get(account_code)
        return account.name if account else ""
