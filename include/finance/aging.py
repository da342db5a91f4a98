"""Open items: what customers owe by invoice, and what they have to their credit by payment or credit memo, on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

RECEIVABLES, CREDITS = "accounts_receivable", "customer_credits"
ROLES = (RECEIVABLES, CREDITS)
# Days since the document's date: the last of each bucket.
BUCKETS = ((30, "0-30"), (60, "31-60"), (90, "61-90"), (None, "over 90"))


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A document with what is open of it. Amounts are minor units, debit positive: `amount_minor` in the document's currency,
    `functional_minor` in the books' own, at historical rates.
    """

    role: str
    account_code: str
    currency: str
    document_type: str
    native_id: str
    number: str
    customer_ref: str
    document_date: date | None
    amount_minor: int
    functional_minor: int


@dataclass(frozen=True, slots=True)
class AgedBalance:
    """What is open of a customer on an account in a currency, by age; the total is the sum."""

    account_code: str
    currency: str
    customer_ref: str
    by_age: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        """All ages together."""
        return sum(self.by_age)


@dataclass(frozen=True, slots=True)
class ControlledTotal:
    """The open items of an account and currency beside the account's balance in the journals."""

    account_code: str
    currency: str
    items_minor: int
    balance_minor: int

    @property
    def difference_minor(self) -> int:
        """Nothing, or an entry whose document nobody knows."""
        return self.items_minor - self.balance_minor


@dataclass(frozen=True, slots=True)
class BillingDifference:
    """An invoice of which billing says that something else is open. `because`: what explains it; empty where nothing does."""

    currency: str
    native_id: str
    number: str
    customer_ref: str
    amount_minor: int
    billing_minor: int
    because: str


@dataclass(frozen=True, slots=True)
class BillingTotal:
    """What billing says is open of all invoices in a currency, beside our receivables."""

    currency: str
    amount_minor: int
    billing_minor: int
    explained_minor: int

    @property
    def unexplained_minor(self) -> int:
        """What nothing explains, net; `differences` name the invoices, also of two that cancel out."""
        return self.amount_minor - self.billing_minor - self.explained_minor


def bucket_of(document_date: date | None, on: date) -> int:
    """Which bucket an age falls into; without a date, and before it, the first."""
    days = (on - document_date).days if document_date else 0
    return next(index for index, (last, _) in enumerate(BUCKETS) if last is None or days <= last)


def age(items: Iterable[OpenItem], on: date) -> list[AgedBalance]:
    """Open items by account, currency, customer and age; the largest balance of each account first."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for item in items:
        ages = found.setdefault((item.account_code, item.currency, item.customer_ref), [0] * len(BUCKETS))
        ages[bucket_of(item.document_date, on)] += item.amount_minor
    aged = [AgedBalance(*place, tuple(ages)) for place, ages in found.items()]
    return sorted(aged, key=lambda each: (each.account_code, each.currency, -abs(each.total_minor), each.customer_ref))
