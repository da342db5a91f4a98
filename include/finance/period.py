"""Accounting periods and the day on which a document is posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PeriodState(StrEnum):
    """Whether entries may be posted into a period."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AccountingPeriod:
    """A span of days of one fiscal year, both ends inclusive."""

    name: str
    fiscal_year: str
    start_date: date
    end_date: date
    state: PeriodState

    def __post_init__(self) -> None:
        if self.start_date > self.end_date:
            raise ValueError(f"period {self.name} ends on {self.end_date}, before it starts on {self.start_date}")

    def contains(self, day: date) -> bool:
        """Whether a day lies in this period."""
        return self.start_date <= day <= self.end_date
