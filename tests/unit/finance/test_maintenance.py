"""When an ERP is in maintenance, by the clock of a place."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from include.finance.maintenance import MaintenanceWindow, maintained_until

BERLIN = ZoneInfo("Europe/Berlin")
# Saturdays from ten in the evening to two on Sunday.
LATE = MaintenanceWindow(frozenset({5}), time(22), time(2), BERLIN)
EVERY_DAY = frozenset(range(7))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "until"),
    [
        ("2026-01-31 20:59:59", None),
        ("2026-01-31 21:00", "2026-02-01 01:00"),  # 22:00 in Berlin, a Saturday
        ("2026-02-01 00:59:59", "2026-02-01 01:00"),  # past midnight, of Saturday's window
        ("2026-02-01 01:00", None),
        ("2026-02-01 21:30", None),  # Sunday evening
        ("2026-03-28 21:30", "2026-03-29 01:00"),  # clocks are put forward: two in the morning is skipped
        (
            "2026-10-24 20:30",
            "2026-10-25 01:00",
        ),  # and put back: two in the morning comes twice, once more in the second
    ],
)
def test_a_window_is_by_the_clock_of_its_place(instant: str, until: str | None) -> None:
    assert LATE.ends_at(utc(instant)) == (utc(until) if until else None)


def test_windows_that_follow_on_each_other_are_one() -> None:
    first = MaintenanceWindow(EVERY_DAY, time(1), time(2), ZoneInfo("UTC"))
    second = MaintenanceWindow(EVERY_DAY, time(2), time(3), ZoneInfo("UTC"))
    assert maintained_until((second, first), utc("2026-02-01 01:30")) == utc("2026-02-01 03:00")
    assert maintained_until((first, second), utc("2026-02-01 03:00")) is None
    assert maintained_until((), utc("2026-02-01 01:30")) is None


def test_every_instant_of_a_week_is_in_a_window_or_not_as_its_clock_shows() -> None:
    start = utc("2026-01-26 00:00")
    for minutes in range(0, 7 * 24 * 60, 7):
        instant = start + timedelta(minutes=minutes)
        shown = instant.astimezone(BERLIN)
        inside = (shown.weekday() == 5 and shown.hour >= 22) or (shown.weekday() == 6 and shown.hour < 2)
        assert (LATE.ends_at(instant) is not None) == inside, instant
