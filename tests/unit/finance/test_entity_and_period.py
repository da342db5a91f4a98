"""The day of an event is the day where the company keeps its books."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from include.finance.entity import LegalEntity
from include.finance.money import Currency
from include.finance.period import AccountingPeriod, PeriodState

JANUARY = AccountingPeriod("2026-01", "2026", date(2026, 1, 1), date(2026, 1, 31), PeriodState.OPEN)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/New_York", date(2025, 12, 31)),
        ("Europe/London", date(2025, 12, 31)),
        ("Europe/Berlin", date(2026, 1, 1)),
        ("Asia/Tokyo", date(2026, 1, 1)),
    ],
)
def test_half_past_eleven_on_new_years_eve_is_two_days_in_four_companies(zone: str, expected: date) -> None:
    company = LegalEntity("XX", "Company", Currency("USD", 2), ZoneInfo(zone), "tryton")
    assert company.local_date(datetime(2025, 12, 31, 23, 30, tzinfo=UTC)) == expected


def test_summer_time_moves_the_day() -> None:
    company = LegalEntity("UK", "Company", Currency("GBP", 2), ZoneInfo("Europe/London"), "tryton")
    assert company.local_date(datetime(2026, 3, 28, 23, 30, tzinfo=UTC)) == date(2026, 3, 28)
    assert company.local_date(datetime(2026, 3, 29, 23, 30, tzinfo=UTC)) == date(2026, 3, 30)


def test_an_instant_without_a_zone_has_no_day() -> None:
    company = LegalEntity("UK", "Company", Currency("GBP", 2), ZoneInfo("Europe/London"), "tryton")
    with pytest.raises(ValueError, match="time zone"):
        company.local_date(datetime(2026, 3, 28))  # noqa: DTZ001 - the fault under test


def test_a_period_holds_its_first_and_last_day() -> None:
    assert JANUARY.contains(date(2026, 1, 1))
    assert JANUARY.contains(date(2026, 1, 31))
    assert not JANUARY.contains(date(2025, 12, 31))
    assert not JANUARY.contains(date(2026, 2, 1))


def test_a_period_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        AccountingPeriod("2026-01", "2026", date(2026, 1, 31), date(2026, 1, 1), PeriodState.OPEN)
