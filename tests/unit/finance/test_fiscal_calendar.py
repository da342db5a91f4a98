"""Fiscal years and periods: published calendars, and what holds for every calendar.

Published dates. NRF, "4-5-4 Calendar" (nrf.com/resources/4-5-4-calendar, and its older page nrf.com/modules.php?sp_id=391):
months of 4, 5 and 4 weeks from February; the years with a 53rd week are 2000, 2006, 2012, 2017 and 2023; the weeks of 2018
as printed there. Retailers on that calendar file the last day of each year with the SEC: Foot Locker, Inc. (CIK 850209,
"the Saturday closest to the last day in January"), exhibits 12 of its reports of 2009-04-28, 2011, 2013 and 2017, forms 10-K
of fiscal 2019 to 2024. Apple Inc. (CIK 320193), forms 10-K: "the 52- or 53-week period that ends on the last Saturday of
September".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.finance.calendar_differences import calendar_differences
from include.finance.entity import LegalEntity
from include.finance.errors import ConfigurationError
from include.finance.fiscal_calendar import (
    CALENDAR_YEAR,
    FiscalCalendar,
    FiscalPeriod,
    FiscalYear,
    ListedCalendar,
    MonthCalendar,
    WeekCalendar,
    YearEnd,
    YearName,
    year_from_ends,
)
from include.finance.money import Currency
from include.finance.period import AccountingPeriod, PeriodState

SATURDAY = 5
NRF = WeekCalendar("nrf", (4, 5, 4) * 4, 1, SATURDAY, YearEnd.NEAREST, long_period=12, named_by=YearName.START)
APPLE = WeekCalendar("apple", (5, 4, 4) * 4, 9, SATURDAY, YearEnd.LAST, long_period=3)
# The last days of the retailer's years, from fiscal 2004 on.
FILED = """
2005-01-29 2006-01-28 2007-02-03 2008-02-02 2009-01-31 2010-01-30 2011-01-29 2012-01-28 2013-02-02 2014-02-01 2015-01-31
2016-01-30 2017-01-28 2018-02-03 2019-02-02 2020-02-01 2021-01-30 2022-01-29 2023-01-28 2024-02-03 2025-02-01
"""
LONG_YEARS = {2000, 2006, 2012, 2017, 2023}
PRINTED_2018 = """
2018-02-04 2018-03-04 2018-04-08 2018-05-06 2018-06-03 2018-07-08 2018-08-05 2018-09-02 2018-10-07 2018-11-04 2018-12-02
2019-01-06
"""

PATTERNS = [(4, 4, 5) * 4, (4, 5, 4) * 4, (5, 4, 4) * 4, (4,) * 13]
MONTHS = st.integers(min_value=1, max_value=12)
WEEK_CALENDARS = st.builds(
    lambda weeks, month, weekday, end, long, named: WeekCalendar("weeks", weeks, month, weekday, end, long, named),
    st.sampled_from(PATTERNS),
    MONTHS,
    st.integers(min_value=0, max_value=6),
    st.sampled_from(YearEnd),
    MONTHS,
    st.sampled_from(YearName),
)
MONTH_CALENDARS = st.builds(
    lambda month, named: MonthCalendar("months", month, named), MONTHS, st.sampled_from(YearName)
)
CALENDARS = st.one_of(MONTH_CALENDARS, WEEK_CALENDARS)
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))
DAY = timedelta(days=1)


def test_twenty_one_years_end_as_retailers_on_the_nrf_calendar_filed_them() -> None:
    ends = [date.fromisoformat(day) for day in FILED.split()]
    years = [NRF.find_year(number) for number in range(2004, 2025)]
    assert [year.end_date for year in years] == ends
    assert [year.start_date for year in years[1:]] == [end + DAY for end in ends[:-1]]


def test_the_years_with_a_53rd_week_are_those_that_nrf_names() -> None:
    weeks = {
        number: (year.end_date - year.start_date).days + 1
        for number in range(2000, 2027)
        if (year := NRF.find_year(number))
    }
    assert {number for number, days in weeks.items() if days == 53 * 7} == LONG_YEARS
    assert {days for number, days in weeks.items() if number not in LONG_YEARS} == {52 * 7}


def test_the_months_of_2018_are_as_printed_and_the_53rd_week_of_2017_is_january() -> None:
    assert [str(period.start_date) for period in NRF.find_year(2018).periods] == PRINTED_2018.split()
    january = NRF.period_of(date(2018, 2, 3))
    assert (january.name, january.start_date, january.end_date) == ("FY2017 P12", date(2017, 12, 31), date(2018, 2, 3))


def test_the_other_convention_ends_on_the_last_saturday_and_puts_the_week_where_the_company_does() -> None:
    ends = {2006: "2006-09-30", 2009: "2009-09-26", 2011: "2011-09-24", 2013: "2013-09-28", 2014: "2014-09-27"}
    assert {number: str(APPLE.find_year(number).end_date) for number in ends} == ends
    # Fiscal 2023 had 53 weeks, and its first quarter, of fourteen, ended on 31 December 2022.
    year = APPLE.find_year(2023)
    assert (year.start_date, year.end_date) == (date(2022, 9, 25), date(2023, 9, 30))
    assert year.periods[2].end_date == date(2022, 12, 31)


def test_the_two_conventions_differ_where_the_month_ends_early_in_a_week() -> None:
    last = WeekCalendar("last", (4, 4, 5) * 4, 12, SATURDAY, YearEnd.LAST, 12)
    nearest = WeekCalendar("nearest", (4, 4, 5) * 4, 12, SATURDAY, YearEnd.NEAREST, 12)
    assert last.find_year(2025).end_date == date(2025, 12, 27)
    assert nearest.find_year(2025).end_date == date(2026, 1, 3)
    assert nearest.period_of(date(2026, 1, 3)).name == "FY2025 P12"
    assert last.period_of(date(2026, 1, 3)).name == "FY2026 P01"


@pytest.mark.parametrize(
    ("calendar", "day", "name", "start", "end"),
    [
        (CALENDAR_YEAR, "2026-02-28", "FY2026 P02", "2026-02-01", "2026-02-28"),
        (CALENDAR_YEAR, "2024-02-29", "FY2024 P02", "2024-02-01", "2024-02-29"),
        (MonthCalendar("july", 7), "2025-07-01", "FY2026 P01", "2025-07-01", "2025-07-31"),
        (MonthCalendar("july", 7), "2026-06-30", "FY2026 P12", "2026-06-01", "2026-06-30"),
        (MonthCalendar("april", 4, YearName.START), "2027-03-31", "FY2026 P12", "2027-03-01", "2027-03-31"),
        (
            WeekCalendar("thirteen", (4,) * 13, 12, 6, YearEnd.LAST, 13),
            "2026-01-01",
            "FY2026 P01",
            "2025-12-29",
            "2026-01-25",
        ),
    ],
)
def test_the_period_of_a_day(calendar: FiscalCalendar, day: str, name: str, start: str, end: str) -> None:
    period = calendar.period_of(date.fromisoformat(day))
    assert (period.name, str(period.start_date), str(period.end_date)) == (name, start, end)


@settings(deadline=None)
@given(calendar=CALENDARS, number=st.integers(min_value=1990, max_value=2090))
def test_periods_tile_the_year_and_years_follow_on_each_other(calendar: FiscalCalendar, number: int) -> None:
    year, following = calendar.find_year(number), calendar.find_year(number + 1)
    assert year is not None
    assert following is not None
    days = [year.start_date + timedelta(days=n) for n in range((year.end_date - year.start_date).days + 1)]
    assert [sum(period.contains(day) for period in year.periods) for day in days] == [1] * len(days)
    assert [period.number for period in year.periods] == list(range(1, len(year.periods) + 1))
    assert following.start_date == year.end_date + DAY
    assert all(
        calendar.year_of(period.end_date) == calendar.year_of(period.start_date) == year for period in year.periods
    )


@settings(deadline=None)
@given(calendar=WEEK_CALENDARS, number=st.integers(min_value=1990, max_value=2090))
def test_a_year_of_weeks_ends_on_its_weekday_and_only_one_period_may_be_long(
    calendar: WeekCalendar, number: int
) -> None:
    year = calendar.find_year(number)
    weeks = [((period.end_date - period.start_date).days + 1) // 7 for period in year.periods]
    longer = [n for n, (has, wants) in enumerate(zip(weeks, calendar.weeks, strict=True), 1) if has != wants]
    assert sum(weeks) in (52, 53)
    assert longer == ([calendar.long_period] if sum(weeks) == 53 else [])
    assert {period.end_date.weekday() for period in year.periods} == {calendar.end_weekday}


@settings(deadline=None)
@given(
    calendar=CALENDARS,
    zone=st.sampled_from(sorted(name for name in available_timezones() if "/" in name)),
    instant=st.datetimes(min_value=datetime(1991, 1, 1), max_value=datetime(2089, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_every_instant_belongs_to_exactly_one_period_of_a_legal_entity(
    calendar: FiscalCalendar, zone: str, instant: datetime
) -> None:
    entity = LegalEntity("XX", "Company", Currency("USD", 2), ZoneInfo(zone), "tryton")
    day = entity.local_date(instant)
    years = [year for number in range(day.year - 2, day.year + 3) if (year := calendar.find_year(number))]
    holding = [period for year in years for period in year.periods if period.contains(day)]
    assert holding == [calendar.period_of(day)]


def test_an_adjustment_period_lies_on_the_last_day_and_holds_no_document() -> None:
    calendar = MonthCalendar("july", 7, has_adjustment=True)
    year = calendar.find_year(2026)
    assert year.adjustment == FiscalPeriod(2026, 13, date(2026, 6, 30), date(2026, 6, 30), is_adjustment=True)
    assert calendar.period_of(date(2026, 6, 30)).number == 12
    assert CALENDAR_YEAR.find_year(2026).adjustment is None


def short_year() -> ListedCalendar:
    """A company founded in March: a first year of ten months, then one of months."""
    first = year_from_ends(2026, date(2026, 3, 10), [date(2026, 6, 30), date(2026, 12, 31)], has_adjustment=False)
    second = year_from_ends(2027, date(2027, 1, 1), [date(2027, 6, 30), date(2027, 12, 31)], has_adjustment=True)
    return ListedCalendar("founded", (first, second))


def test_listed_years_hold_their_days_and_no_others() -> None:
    calendar = short_year()
    assert calendar.period_of(date(2026, 3, 10)).name == "FY2026 P01"
    assert calendar.year_of(date(2027, 12, 31)).adjustment is not None
    assert calendar.find_period(date(2026, 3, 9)) is None
    with pytest.raises(
        ConfigurationError,
        match=r"`founded` has no year that contains 2028-01-01; add it to fiscal_calendars/founded.yaml",
    ):
        calendar.period_of(date(2028, 1, 1))


def test_a_calendar_with_a_gap_or_a_wrong_number_of_weeks_cannot_be_built() -> None:
    one, two = short_year().years
    with pytest.raises(ValueError, match="FY2026 starts on 2026-03-10, and FY2027 ends on 2027-12-31"):
        ListedCalendar("gap", (two, one))
    with pytest.raises(ValueError, match="P03 starts on 2026-03-01, and FY2026 P01 ends on 2026-01-31"):
        FiscalYear(2026, tuple(CALENDAR_YEAR.find_year(2026).periods[n] for n in (0, 2)))
    with pytest.raises(ValueError, match="51 weeks"):
        WeekCalendar("short", (4, 4, 5) * 3 + (4, 4, 4), 12, 5, YearEnd.LAST, 12)


def of_the_erp(calendar: FiscalCalendar, *numbers: int) -> list[AccountingPeriod]:
    """The periods of a calendar as an ERP has them."""
    return [
        AccountingPeriod(f"{number}/{period.number}", str(number), period.start_date, period.end_date, PeriodState.OPEN)
        for number in numbers
        for period in calendar.find_year(number).periods  # type: ignore[union-attr]
    ]


@settings(deadline=None)
@given(calendar=CALENDARS, number=st.integers(min_value=2000, max_value=2040))
def test_an_erp_with_the_declared_periods_does_not_differ(calendar: FiscalCalendar, number: int) -> None:
    assert calendar_differences(calendar, of_the_erp(calendar, number, number + 1)) == []


def test_what_an_erp_has_otherwise_is_named() -> None:
    periods = of_the_erp(CALENDAR_YEAR, 2026)
    assert calendar_differences(NRF, periods)[0] == (
        "period 2026/1 is 2026-01-01 to 2026-01-31, and FY2025 P11 is 2025-11-30 to 2026-01-03"
    )
    assert "fiscal year 2026 has periods of FY2025 and FY2026" in calendar_differences(
        MonthCalendar("f", 2, YearName.START), periods
    )
    assert calendar_differences(CALENDAR_YEAR, [*periods[:3], *periods[5:]]) == [
        "no period holds 2026-04-01 to 2026-05-31, which begins in FY2026 P04"
    ]
    july = of_the_erp(MonthCalendar("july", 7), 2026, 2027)
    assert "the periods of FY2026 are in fiscal years 2026 and 2027" in calendar_differences(CALENDAR_YEAR, july)
    assert calendar_differences(short_year(), of_the_erp(CALENDAR_YEAR, 2028))[0] == (
        "period 2028/1 starts on 2028-01-01, which the calendar does not reach"
    )
