"""Maintenance windows of an ERP: when it is not to be spoken to, by the clock of a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from include.finance.wall_clock import instant_of

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """From one local time to another on some days of the week (Monday is 0). One that ends before it starts ends on the day after."""

    weekdays: frozenset[int]
    starts: time
    ends: time
    time_zone: ZoneInfo

    def ends_at(self, instant: datetime) -> datetime | None:
        """When (UTC) the window ends in which an instant lies; None where it lies in none."""
        today = instant.astimezone(self.time_zone).date()
        for day in (today - _DAY, today):
            if day.weekday() not in self.weekdays:
                continue
            last = day + _DAY if self.ends <= self.starts else day
            start, end = instant_of(day, self.starts, self.time_zone), instant_of(last, self.ends, self.time_zone)
            if start <= instant.astimezone(UTC) < end:
                return end
        return None


def maintained_until(windows: Iterable[MaintenanceWindow], instant: datetime) -> datetime | None:
    """When (UTC) an ERP may be spoken to again; None where it may be now. Windows that follow on each other count as one."""
    known = tuple(windows)
    until: datetime | None = None
    while (end := max(filter(None, (each.ends_at(until or instant) for each in known)), default=None)) is not None:
        until = end
    return until
