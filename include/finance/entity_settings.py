"""What each legal entity decides for itself about its entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from include.finance.journal import ReversalStyle
from include.finance.materiality import Materiality
from include.finance.revaluation import Revaluer


class Gathering(StrEnum):
    """What an entry gathers: the events of a day, of a period, or of a day with each document on lines of its own."""

    DAY = "day"
    PERIOD = "period"
    DOCUMENT = "document"


class EntryPer(StrEnum):
    """Whether each category has an entry of its own, or all that is gathered stands in one."""

    CATEGORY = "category"
    ALL = "all"


class LineAmounts(StrEnum):
    """Whether the debits and credits of an account and its dimensions stand on two lines, or their difference on one."""

    GROSS = "gross"
    NET = "net"


class LateArrival(StrEnum):
    """What becomes of a document whose period is closed."""

    NEXT_OPEN_PERIOD = "next_open_period"


@dataclass(frozen=True, slots=True)
class Summarisation:
    """How finely events are kept apart when they are added up into journal lines, and how a reversal is written."""

    by: Gathering
    entries: EntryPer
    amounts: LineAmounts
    dimensions: tuple[str, ...]
    reversal_style: ReversalStyle


class Arrears(StrEnum):
    """When a line is revenue whose service ended before the accounting period of its invoice: in the period of the service, or with the invoice."""

    SERVICE_PERIOD = "service_period"
    INVOICE_DATE = "invoice_date"


class UncreditedRest(StrEnum):
    """What becomes of the deferred revenue of a terminated line that no credit memo takes: it goes on being earned, or is earned at once."""

    KEEP = "keep"
    RELEASE = "release"


class LossAccount(StrEnum):
    """Whether a lost dispute is an expense or takes revenue back."""

    EXPENSE = "expense"
    CONTRA_REVENUE = "contra_revenue"


@dataclass(frozen=True, slots=True)
class Chargebacks:
    """Where a lost dispute goes, and whether its tax can be reclaimed."""

    loss: LossAccount
    has_tax_relief: bool


@dataclass(frozen=True, slots=True)
class WriteOffs:
    """Whether the tax in what was earned of an uncollectible invoice can be reclaimed."""

    has_tax_relief: bool


@dataclass(frozen=True, slots=True)
class BankBooks:
    """Which bank accounts Tieout posts to itself, in place of the ERP's bank reconciliation: every one, or those named."""

    is_every: bool = False
    refs: frozenset[str] = frozenset()

    @property
    def is_any(self) -> bool:
        """Whether there is any."""
        return self.is_every or bool(self.refs)


@dataclass(frozen=True, slots=True)
class EntitySettings:
    """The policies of one legal entity.

    `max_future_days` bounds how far ahead of the read instant a document may be dated, `max_backdated_days` how far
    back the date of an accounted one may move. `default_revenue_effect` fills
    credit memo lines that state none; None makes them exceptions. `tolerances_minor` bounds, per kind of adjustment, what an
    application may settle without cash, in the functional currency, and as `small_balance` what is closed after full credit. `owners` maps a responsibility to a person or team. `revaluation`
    says by role who revalues its account at a period's end; nobody where it says nothing. `arrears` says when revenue is booked that is
    billed in a later period than it was delivered. `uncredited_rest` says what a termination does to what it leaves uncredited. `bank_books` says of which bank accounts receipts and arrived payouts are booked
    here. `materiality` bounds what late documents may change, in order of its spans; without one they all go to the next open
    period. `fiscal_calendar_name` is that of the declared fiscal calendar; the calendar year where it is None.
    """

    legal_entity_code: str
    chart_name: str
    summarisation: Summarisation
    max_future_days: int
    max_backdated_days: int
    default_revenue_effect: str | None
    late_arrival: LateArrival
    chargebacks: Chargebacks
    write_offs: WriteOffs
    tolerances_minor: Mapping[str, int]
    owners: Mapping[str, str]
    revaluation: Mapping[str, Revaluer] = field(default_factory=dict)
    arrears: Arrears = Arrears.INVOICE_DATE
    uncredited_rest: UncreditedRest = UncreditedRest.KEEP
    bank_books: BankBooks = BankBooks()
    materiality: tuple[Materiality, ...] = ()
    fiscal_calendar_name: str | None = None
