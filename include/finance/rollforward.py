"""Roll-forwards: from what stood on an account to what stands there, by what happened in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.finance.money import Currency

# What an event is called in a roll-forward, by the beginning of its name; the longest that fits counts.
_EVENTS: Mapping[str, str] = {
    "invoice.issued": "invoiced",
    "invoice.voided": "invoiced",
    "service.delivered": "invoiced",
    "invoice.written_off": "written off",
    "small_balance.written_off": "written off",
    "invoice.recovered": "recovered",
    "credit_memo.": "credited",
    "credit.": "applied",
    "exchange.": "applied",
    "payment.applied": "applied",
    "payment.unapplied": "applied",
    "payment.": "received",
    "refund.": "refunded",
    "dispute.": "disputed",
    "fee.": "fees",
    "payout.": "paid out",
    "processor.exchanged": "converted",
    "processor.settled": "converted",
    "processor.": "adjusted",
    "intercompany.": "intercompany",
    "revenue.": "recognised",
}
LATE, EXCHANGE, OTHER = "late", "exchange", "other"


@dataclass(frozen=True, slots=True)
class RollforwardKind:
    """A schedule of the close: the roles whose accounts it rolls forward, and its columns in order.

    Every schedule ends with exchange differences, late documents of earlier periods and whatever fits no column.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    columns: tuple[str, ...]
    is_by_region: bool = False

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Its columns, between opening and closing balance."""
        return (*self.columns, EXCHANGE, LATE, OTHER)

    def column_of(self, event_name: str, *, is_late: bool, has_amount: bool) -> str:
        """In which column a subledger entry stands. One without an amount in the document's currency is an exchange difference."""
        if not has_amount:
            return EXCHANGE
        if is_late:
            return LATE
        fits = [begin for begin in _EVENTS if event_name.startswith(begin)]
        column = _EVENTS[max(fits, key=len)] if fits else OTHER
        return column if column in self.columns else OTHER


KINDS: tuple[RollforwardKind, ...] = (
    RollforwardKind(
        "receivables",
        "Accounts receivable",
        ("accounts_receivable",),
        ("invoiced", "credited", "applied", "written off", "recovered", "intercompany"),
    ),
    RollforwardKind(
        "customer_credits",
        "Customer credits",
        ("customer_credits",),
        ("received", "credited", "applied", "refunded", "disputed", "intercompany"),
    ),
    RollforwardKind(
        "deferred_revenue", "Deferred revenue", ("deferred_revenue",), ("invoiced", "credited", "written off", "recovered", "recognised")
    ),
    RollforwardKind(
        "tax",
        "Tax payable",
        ("tax_payable",),
        ("invoiced", "credited", "written off", "recovered", "fees"),
        is_by_region=True,
    ),
    RollforwardKind(
        "clearing",
        "Clearing accounts",
        (
            "cash_receipts_clearing", "processor_clearing", "processor_suspense", "processor_reserves", "payouts_in_transit",
            "exchange_clearing", "disputes_receivable", "refunds_awaiting_credit_note", "accrued_processor_fees",
        ),
        ("received", "refunded", "disputed", "fees", "paid out", "adjusted", "converted"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rollforward:
    """One line of a schedule, in minor units of `currency`: that of the documents, or the books' own.

    A balance on its account's normal side is positive. Opening and closing balances are the journals', the movements the subledger's:
    two ways that must meet. `key` tells lines of one account apart, where it is told: the region of a tax.
    """

    kind: str
    account_code: str
    key: str
    document_currency: str
    currency: Currency
    opening_minor: int
    movements: tuple[tuple[str, int], ...]
    closing_minor: int

    @property
    def moved_minor(self) -> int:
        """All movements."""
        return sum(minor for _, minor in self.movements)

    @property
    def difference_minor(self) -> int:
        """Opening balance and movements less the closing balance: nothing, or something to be explained."""
        return self.opening_minor + self.moved_minor - self.closing_minor
