"""The sample company's two nights, its days and the clocks of what happens between; all fixed, none is "now"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Night:
    """One nightly run: its number and the instant up to which it reads."""

    number: int
    as_of: datetime


NIGHTS = [
    Night(1, as_of=datetime(2026, 2, 1, 6, tzinfo=UTC)),
    Night(2, as_of=datetime(2026, 2, 2, 6, tzinfo=UTC)),
]
# (legal entity, period) that the ERP's people close after night one and before night two.
CLOSED_BEFORE_NIGHT_TWO = [("US", "2026-01")]
# Fiscal years that are closed before night one in every entity.
CLOSED_YEARS = (2025,)
MAX_FUTURE_DAYS = 35
MAX_BACKDATED_DAYS = 31

# Journal entries are one per day and category, so documents fall on few days.
DAYS = (date(2026, 1, 10), date(2026, 1, 15), date(2026, 1, 31), date(2026, 2, 1))
OLD_YEAR = date(2025, 12, 15)
LONG_AGO = date(2025, 11, 3)  # further back from MIDDLE than MAX_BACKDATED_DAYS
TOMORROW = date(2026, 2, 2)  # on night one; on night two it is today
RENEWAL = date(2026, 2, 20)  # within MAX_FUTURE_DAYS on both nights
FAR_RENEWAL = date(2026, 3, 20)  # beyond MAX_FUTURE_DAYS on both nights

# When billing says that it wrote each stage. The late transaction began before what was committed meanwhile.
NIGHT_ONE_AT = datetime(2026, 2, 1, 5, 0, tzinfo=UTC)
LATE_AT = datetime(2026, 2, 1, 5, 30, tzinfo=UTC)
MEANWHILE_AT = datetime(2026, 2, 1, 5, 45, tzinfo=UTC)
NIGHT_TWO_AT = datetime(2026, 2, 2, 5, 0, tzinfo=UTC)
