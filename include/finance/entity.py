"""Legal entities: companies that keep their own books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from include.finance.money import Currency


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """A company that keeps its own books, in its own currency and time zone, in one ERP."""

    code: str
    name: str
    functional_currency: Currency
    time_zone: ZoneInfo
    erp_code: str

    def local_date(self, instant: datetime) -> date:
        """The calendar day on which an instant falls where this company keeps its books."""
        if instant.tzinfo is None:
            raise ValueError("an instant without a time zone has no local date")
        return instant.astimezone(self.time_zone).date()
