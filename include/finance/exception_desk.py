"""The exceptions desk: what an exception puts at risk, whose it is, until when, and what one person may waive alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from include.finance.business_days import BusinessDays
from include.finance.exception_rule import Severity


class DeskState(StrEnum):
    """What has become of an exception, for a person."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    WAIVE_ASKED = "waive_asked"
    WAIVED = "waived"
    RESOLVED = "resolved"
    REPLAYED = "replayed"


class PeriodStage(StrEnum):
    """Whether the accounting period at risk has ended and is being closed, or still runs."""

    OPEN = "open"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class DeskRule:
    """Which exceptions are graver than usual, or somebody else's; an empty condition is met by all.

    `at_least_minor` is money at risk by currency: one in a currency that it does not name does not meet it. `owner` is a
    responsibility, as in exceptions.yaml.
    """

    categories: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    legal_entities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    period: PeriodStage | None = None
    at_least_minor: Mapping[str, int] = field(default_factory=dict)
    severity: Severity | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """`exceptions_desk.yaml`: business days until due, by severity; what one person may waive, by currency; rules in order.

    The first rule that fits and says so decides the severity, likewise the owner. A currency that `waive_alone_minor` does
    not name always takes a second person.
    """

    due_business_days: Mapping[Severity, int] = field(
        default_factory=lambda: {Severity.CRITICAL: 1, Severity.HIGH: 2, Severity.MEDIUM: 5, Severity.LOW: 10}
    )
    waive_alone_minor: Mapping[str, int] = field(default_factory=dict)
    rules: tuple[DeskRule, ...] = ()

    def due_on(self, severity: Severity, opened_on: date, business_days: BusinessDays) -> date:
        """The last day on which an exception is not late: so many business days after the day it was opened."""
        number = self.due_business_days[severity]
        return business_days.counted_from(opened_on, number) if number else _first(opened_on, business_days)


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, however they are spaced and capitalised."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _first(day: date, business_days: BusinessDays) -> date:
    """This day, or the first business day after it."""
    return business_days.counted_from(day - timedelta(days=1), 1)
